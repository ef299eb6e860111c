// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/its-mock-msi: devices of its-mock-msi for tests in user space.
 *
 * An open file is one device, and what user space does with it in which order
 * must not matter. KVM remembers the number of an interrupt that it forwards to
 * a guest and takes no reference, so a device must not go while one of its
 * interrupts is forwarded. A file that is closed too early leaves its device
 * behind; the next file that is opened or closed removes what can go by then.
 */
#include <linux/array_size.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/irqbypass.h>
#include <linux/irqchip/its-mock-msi.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/of.h>
#include <linux/panic.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <uapi/linux/its_mock_msi.h>

#define ITS_MOCK_USER_MAX_EVENTS	1024

struct its_mock_user_event {
	struct irq_bypass_producer	producer;
	struct eventfd_ctx		*eventfd;
};

struct its_mock_user {
	struct mutex			lock;	/* one ioctl at a time */
	struct its_mock_msi		*msi;
	struct its_mock_user_event	*events;
	struct list_head		left;
};

/* Devices whose files are closed, and which are forwarded nevertheless */
static DEFINE_MUTEX(its_mock_user_left_lock);
static LIST_HEAD(its_mock_user_left);

static void its_mock_user_reap(void)
{
	struct its_mock_user *u, *tmp;

	guard(mutex)(&its_mock_user_left_lock);
	list_for_each_entry_safe(u, tmp, &its_mock_user_left, left) {
		if (its_mock_msi_try_destroy(u->msi))
			continue;
		list_del(&u->left);
		kfree(u);
	}
}

static struct device_node *its_mock_user_its(unsigned int index)
{
	struct device_node *np;

	for_each_compatible_node(np, NULL, "arm,gic-v3-its")
		if (!index--)
			return np;

	return NULL;
}

static int its_mock_user_create(struct its_mock_user *u,
				const struct its_mock_msi_create *p)
{
	struct device_node *np __free(device_node) = NULL;
	struct its_mock_msi *msi;

	if (u->msi)
		return -EBUSY;
	if (p->pad || !p->nr_events || p->nr_events > ITS_MOCK_USER_MAX_EVENTS)
		return -EINVAL;

	np = its_mock_user_its(p->its);
	if (!np)
		return -ENODEV;

	struct its_mock_user_event *events __free(kfree) =
		kcalloc(p->nr_events, sizeof(*events), GFP_KERNEL);
	if (!events)
		return -ENOMEM;

	add_taint(TAINT_TEST, LOCKDEP_STILL_OK);

	/* The DeviceID may be that of a device that was left behind */
	its_mock_user_reap();
	msi = its_mock_msi_create(of_fwnode_handle(np), p->device_id,
				  p->nr_events);
	if (IS_ERR(msi))
		return PTR_ERR(msi);

	u->msi = msi;
	u->events = no_free_ptr(events);

	return 0;
}

static void its_mock_user_disconnect(struct its_mock_user *u, unsigned int event)
{
	struct its_mock_user_event *e = &u->events[event];

	if (!e->eventfd)
		return;

	irq_bypass_unregister_producer(&e->producer);
	its_mock_msi_set_trigger(u->msi, event, NULL);
	eventfd_ctx_put(e->eventfd);
	e->eventfd = NULL;
}

/* One eventfd is nobody's but the event's: irq bypass answers -EBUSY else */
static int its_mock_user_connect(struct its_mock_user *u,
				 const struct its_mock_msi_eventfd *p)
{
	struct its_mock_user_event *e;
	struct eventfd_ctx *eventfd;
	int ret;

	if (!its_mock_msi_irq(u->msi, p->event_id))
		return -EINVAL;

	if (p->fd < 0) {
		its_mock_user_disconnect(u, p->event_id);
		return 0;
	}

	eventfd = eventfd_ctx_fdget(p->fd);
	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);

	its_mock_user_disconnect(u, p->event_id);

	e = &u->events[p->event_id];
	e->eventfd = eventfd;
	its_mock_msi_set_trigger(u->msi, p->event_id, eventfd);
	ret = irq_bypass_register_producer(&e->producer, eventfd,
					   its_mock_msi_irq(u->msi, p->event_id));
	if (ret) {
		its_mock_msi_set_trigger(u->msi, p->event_id, NULL);
		e->eventfd = NULL;
		eventfd_ctx_put(eventfd);
	}

	return ret;
}

static int its_mock_user_event(struct its_mock_user *u,
			       struct its_mock_msi_event *p)
{
	p->irq = its_mock_msi_irq(u->msi, p->event_id);
	if (!p->irq)
		return -EINVAL;
	p->hits = its_mock_msi_hits(u->msi, p->event_id);

	return 0;
}

/* For a vLPI, too, the driver asks the ITS: it cannot tell it from a write */
static int its_mock_user_trigger(struct its_mock_user *u, unsigned long event)
{
	unsigned int irq = 0;

	if (event <= U32_MAX)
		irq = its_mock_msi_irq(u->msi, event);
	if (!irq)
		return -EINVAL;

	return irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, true);
}

static long its_mock_user_ioctl(struct file *file, unsigned int cmd,
				unsigned long arg)
{
	struct its_mock_user *u = file->private_data;
	void __user *argp = (void __user *)arg;
	struct its_mock_msi_eventfd eventfd;
	struct its_mock_msi_create create;
	struct its_mock_msi_event event;
	int ret;

	guard(mutex)(&u->lock);

	if (cmd == ITS_MOCK_MSI_CREATE) {
		if (copy_from_user(&create, argp, sizeof(create)))
			return -EFAULT;
		return its_mock_user_create(u, &create);
	}

	if (!u->msi)
		return -ENXIO;

	switch (cmd) {
	case ITS_MOCK_MSI_EVENT:
		if (copy_from_user(&event, argp, sizeof(event)))
			return -EFAULT;
		ret = its_mock_user_event(u, &event);
		if (!ret && copy_to_user(argp, &event, sizeof(event)))
			return -EFAULT;
		return ret;
	case ITS_MOCK_MSI_TRIGGER:
		return its_mock_user_trigger(u, arg);
	case ITS_MOCK_MSI_EVENTFD:
		if (copy_from_user(&eventfd, argp, sizeof(eventfd)))
			return -EFAULT;
		return its_mock_user_connect(u, &eventfd);
	default:
		return -ENOTTY;
	}
}

static int its_mock_user_open(struct inode *inode, struct file *file)
{
	struct its_mock_user *u = kzalloc_obj(*u);

	if (!u)
		return -ENOMEM;
	mutex_init(&u->lock);
	file->private_data = u;
	its_mock_user_reap();

	return 0;
}

static int its_mock_user_release(struct inode *inode, struct file *file)
{
	struct its_mock_user *u = file->private_data;
	unsigned int i;

	if (!u->msi) {
		kfree(u);
		return 0;
	}

	/* What irq bypass has forwarded goes back to the host by that */
	for (i = 0; i < its_mock_msi_nr_events(u->msi); i++)
		its_mock_user_disconnect(u, i);
	kfree(u->events);

	scoped_guard(mutex, &its_mock_user_left_lock)
		list_add(&u->left, &its_mock_user_left);
	its_mock_user_reap();

	return 0;
}

static const struct file_operations its_mock_user_fops = {
	.owner		= THIS_MODULE,
	.open		= its_mock_user_open,
	.release	= its_mock_user_release,
	.unlocked_ioctl	= its_mock_user_ioctl,
	.llseek		= noop_llseek,
};

static struct miscdevice its_mock_user_misc = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "its-mock-msi",
	.fops	= &its_mock_user_fops,
	.mode	= 0600,
};

builtin_misc_device(its_mock_user_misc);
