// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device without hardware that owns MSIs of a GICv3 ITS.
 *
 * To the ITS driver it is a device like any other: it has a DeviceID, an ITT
 * and LPIs, and each event is mapped by MAPTI when its interrupt is requested.
 * The bus code that usually finds out the DeviceID is left out: the ITS's own
 * irq domain takes it from the allocation info.
 */
#include <kunit/static_stub.h>
#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqchip/its-mock-msi.h>
#include <linux/irqdomain.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/msi.h>
#include <linux/mutex.h>
#include <linux/slab.h>

/* Lower numbers would look like private interrupts to the vgic's debug ioctl */
#define ITS_MOCK_MSI_MIN_IRQ	32

struct its_mock_event {
	unsigned int		irq;
	atomic64_t		hits;
	struct eventfd_ctx	*trigger;
};

struct its_mock_msi {
	struct list_head	entry;
	struct device		*dev;
	struct msi_desc		desc;
	struct irq_domain	*domain;
	msi_alloc_info_t	info;
	u32			device_id;
	unsigned int		nr_events;
	struct its_mock_event	events[] __counted_by(nr_events);
};

/*
 * Held by who hands an interrupt to a vCPU, from the look at who owns it until
 * it is forwarded. Comes before all locks of the vgic.
 */
DEFINE_MUTEX(its_mock_msi_use_lock);
EXPORT_SYMBOL_GPL(its_mock_msi_use_lock);

static DEFINE_MUTEX(its_mock_msi_mutex);
static LIST_HEAD(its_mock_msi_list);
static unsigned int its_mock_msi_serial;

static irqreturn_t its_mock_msi_handler(int irq, void *data)
{
	struct its_mock_event *event = data;
	struct eventfd_ctx *trigger = READ_ONCE(event->trigger);

	atomic64_inc(&event->hits);
	if (trigger)
		eventfd_signal(trigger);

	return IRQ_HANDLED;
}

static struct its_mock_msi *its_mock_msi_find(struct irq_domain *domain,
					      u32 device_id)
{
	struct its_mock_msi *m;

	list_for_each_entry(m, &its_mock_msi_list, entry)
		if (m->domain == domain && m->device_id == device_id)
			return m;

	return NULL;
}

static int its_mock_msi_add_event(struct its_mock_msi *m,
				  struct its_mock_event *event)
{
	int virq, ret;

	virq = irq_alloc_desc_from(ITS_MOCK_MSI_MIN_IRQ, NUMA_NO_NODE);
	if (virq < 0)
		return virq;

	/* Frees the descriptor if it fails */
	ret = __irq_domain_alloc_irqs(m->domain, virq, 1, NUMA_NO_NODE,
				      &m->info, true, NULL);
	if (ret < 0)
		return ret;

	ret = request_irq(virq, its_mock_msi_handler, 0, dev_name(m->dev),
			  event);
	if (ret) {
		irq_domain_free_irqs(virq, 1);
		return ret;
	}
	event->irq = virq;

	return 0;
}

static void its_mock_msi_del_event(struct its_mock_event *event)
{
	struct irq_data *d = irq_get_irq_data(event->irq);

	/* The ITS would go on to translate the event for a vPE */
	if (WARN_ON(irqd_is_forwarded_to_vcpu(d)))
		irq_set_vcpu_affinity(event->irq, NULL);

	free_irq(event->irq, event);
	irq_domain_free_irqs(event->irq, 1);
}

static int its_mock_msi_add_events(struct its_mock_msi *m)
{
	struct msi_domain_info *info = msi_get_domain_info(m->domain);
	unsigned int i;
	int ret;

	m->info.scratchpad[0].ul = m->device_id;
	ret = info->ops->msi_prepare(m->domain, m->dev,
				     roundup_pow_of_two(m->nr_events),
				     &m->info);
	if (ret)
		return ret;

	/* One by one: the domain hands out the events in order then */
	for (i = 0; i < m->nr_events; i++) {
		ret = its_mock_msi_add_event(m, &m->events[i]);
		if (ret)
			goto err;
	}

	return 0;

err:
	while (i--)
		its_mock_msi_del_event(&m->events[i]);
	info->ops->msi_teardown(m->domain, &m->info);

	return ret;
}

/**
 * its_mock_msi_create() - make a device with MSIs of its own
 * @its_fwnode: firmware node of the ITS that is to translate them
 * @device_id: its DeviceID, not used by any other device
 * @nr_events: how many MSIs; they are the events 0 to @nr_events - 1
 *
 * The interrupts are requested, so the ITS has them mapped on return.
 *
 * Context: may sleep.
 * Return: the device; or ERR_PTR(): -ENODEV if there is no such ITS, -EEXIST
 *	   if there is a mock device with that DeviceID, -EINVAL without
 *	   events, -ENOMEM, or what the ITS driver says.
 */
struct its_mock_msi *its_mock_msi_create(struct fwnode_handle *its_fwnode,
					 u32 device_id, unsigned int nr_events)
{
	struct irq_domain *domain;
	struct its_mock_msi *m;
	char name[32];
	int ret;

	if (!nr_events)
		return ERR_PTR(-EINVAL);

	domain = irq_find_matching_fwnode(its_fwnode, DOMAIN_BUS_NEXUS);
	if (!domain)
		return ERR_PTR(-ENODEV);

	guard(mutex)(&its_mock_msi_mutex);

	/* The ITS driver takes a DeviceID that it knows for an alias */
	if (its_mock_msi_find(domain, device_id))
		return ERR_PTR(-EEXIST);

	m = kzalloc_flex(*m, events, nr_events);
	if (!m)
		return ERR_PTR(-ENOMEM);
	m->nr_events = nr_events;
	m->domain = domain;
	m->device_id = device_id;

	snprintf(name, sizeof(name), "its-mock-msi.%u", its_mock_msi_serial++);
	m->dev = root_device_register(name);
	if (IS_ERR(m->dev)) {
		ret = PTR_ERR(m->dev);
		goto err_free;
	}
	m->desc.dev = m->dev;
	m->desc.nvec_used = 1;
	m->info.desc = &m->desc;

	ret = its_mock_msi_add_events(m);
	if (ret)
		goto err_device;

	list_add_tail(&m->entry, &its_mock_msi_list);

	return m;

err_device:
	root_device_unregister(m->dev);
err_free:
	kfree(m);

	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(its_mock_msi_create);

/**
 * its_mock_msi_destroy() - remove a device
 * @m: the device, or NULL or an error pointer
 *
 * None of its interrupts may be forwarded any more: a VM that uses one has to
 * be gone, or to have let go of it.
 *
 * Context: may sleep.
 */
void its_mock_msi_destroy(struct its_mock_msi *m)
{
	struct msi_domain_info *info;
	unsigned int i;

	if (IS_ERR_OR_NULL(m))
		return;

	guard(mutex)(&its_mock_msi_mutex);

	list_del(&m->entry);
	for (i = 0; i < m->nr_events; i++)
		its_mock_msi_del_event(&m->events[i]);

	info = msi_get_domain_info(m->domain);
	info->ops->msi_teardown(m->domain, &m->info);
	root_device_unregister(m->dev);
	kfree(m);
}
EXPORT_SYMBOL_GPL(its_mock_msi_destroy);

/**
 * its_mock_msi_lookup() - a device by its DeviceID
 * @its_fwnode: firmware node of its ITS
 * @device_id: its DeviceID
 *
 * Context: may sleep; nobody destroys the device meanwhile.
 * Return: the device, or NULL if there is none.
 */
struct its_mock_msi *its_mock_msi_lookup(struct fwnode_handle *its_fwnode,
					 u32 device_id)
{
	guard(mutex)(&its_mock_msi_mutex);

	return its_mock_msi_find(irq_find_matching_fwnode(its_fwnode,
							  DOMAIN_BUS_NEXUS),
				 device_id);
}
EXPORT_SYMBOL_GPL(its_mock_msi_lookup);

/**
 * its_mock_msi_try_destroy() - remove a device, unless a guest uses it
 * @m: the device
 *
 * For those who do not know what became of its interrupts.
 *
 * Context: may sleep, takes its_mock_msi_use_lock.
 * Return: 0; or -EBUSY if an interrupt is forwarded, and nothing has changed.
 */
int its_mock_msi_try_destroy(struct its_mock_msi *m)
{
	unsigned int i;

	guard(mutex)(&its_mock_msi_use_lock);

	for (i = 0; i < m->nr_events; i++)
		if (irqd_is_forwarded_to_vcpu(irq_get_irq_data(m->events[i].irq)))
			return -EBUSY;
	its_mock_msi_destroy(m);

	return 0;
}
EXPORT_SYMBOL_GPL(its_mock_msi_try_destroy);

/**
 * its_mock_msi_irq() - Linux interrupt number of an event
 * @m: the device
 * @event: EventID
 *
 * Context: any.
 * Return: a number from 32 up, or 0 if there is no such event.
 */
unsigned int its_mock_msi_irq(const struct its_mock_msi *m, unsigned int event)
{
	return event < m->nr_events ? m->events[event].irq : 0;
}
EXPORT_SYMBOL_GPL(its_mock_msi_irq);

/**
 * its_mock_msi_device_id() - DeviceID of a device
 * @m: the device
 *
 * Context: any.
 * Return: the DeviceID.
 */
u32 its_mock_msi_device_id(const struct its_mock_msi *m)
{
	return m->device_id;
}
EXPORT_SYMBOL_GPL(its_mock_msi_device_id);

/**
 * its_mock_msi_its_fwnode() - the ITS that translates a device's MSIs
 * @m: the device
 *
 * Context: any.
 * Return: the firmware node that the device was made with.
 */
struct fwnode_handle *its_mock_msi_its_fwnode(const struct its_mock_msi *m)
{
	return m->domain->fwnode;
}
EXPORT_SYMBOL_GPL(its_mock_msi_its_fwnode);

/**
 * its_mock_msi_nr_events() - number of MSIs of a device
 * @m: the device
 *
 * Context: any.
 * Return: the number of events.
 */
unsigned int its_mock_msi_nr_events(const struct its_mock_msi *m)
{
	return m->nr_events;
}
EXPORT_SYMBOL_GPL(its_mock_msi_nr_events);

/**
 * its_mock_msi_hits() - how often the host took an event
 * @m: the device
 * @event: EventID
 *
 * Context: any.
 * Return: calls of the interrupt handler since the device was made, 0 if
 *	   there is no such event.
 */
u64 its_mock_msi_hits(const struct its_mock_msi *m, unsigned int event)
{
	return event < m->nr_events ? atomic64_read(&m->events[event].hits) : 0;
}
EXPORT_SYMBOL_GPL(its_mock_msi_hits);

/**
 * its_mock_msi_set_trigger() - have the host's handler signal an eventfd
 * @m: the device
 * @event: EventID of one of its events
 * @trigger: what to signal at each interrupt, as VFIO does; NULL for nothing
 *
 * Context: may sleep. The old eventfd is not used any more on return.
 */
void its_mock_msi_set_trigger(struct its_mock_msi *m, unsigned int event,
			      struct eventfd_ctx *trigger)
{
	WRITE_ONCE(m->events[event].trigger, trigger);
	synchronize_irq(m->events[event].irq);
}
EXPORT_SYMBOL_GPL(its_mock_msi_set_trigger);

/**
 * its_mock_msi_owns() - does an interrupt belong to a device made here?
 * @irq: Linux interrupt number
 *
 * Context: may sleep.
 * Return: true if it does.
 */
bool its_mock_msi_owns(unsigned int irq)
{
	struct its_mock_msi *m;
	unsigned int i;

	/* A suite has no other driver at hand whose interrupt it could offer */
	KUNIT_STATIC_STUB_REDIRECT(its_mock_msi_owns, irq);

	guard(mutex)(&its_mock_msi_mutex);
	list_for_each_entry(m, &its_mock_msi_list, entry)
		for (i = 0; i < m->nr_events; i++)
			if (m->events[i].irq == irq)
				return true;

	return false;
}
EXPORT_SYMBOL_GPL(its_mock_msi_owns);
