// SPDX-License-Identifier: GPL-2.0
/*
 * Events of vCPUs, for tests to see.
 *
 * They are kept beside struct kvm_vcpu, because that is arm64's own.
 */
#include <linux/export.h>
#include <linux/hashtable.h>
#include <linux/kvm_host.h>
#include <linux/slab.h>

#include "events.h"

struct um_vcpu_entry {
	struct hlist_node	node;
	struct kvm_vcpu		*vcpu;
	struct um_vcpu_events	events;
};

static DEFINE_HASHTABLE(um_vcpus, 6);
static DEFINE_SPINLOCK(um_vcpus_lock);

static struct um_vcpu_entry *find_entry(struct kvm_vcpu *vcpu)
{
	struct um_vcpu_entry *entry;

	hash_for_each_possible_rcu(um_vcpus, entry, node, (unsigned long)vcpu) {
		if (entry->vcpu == vcpu)
			return entry;
	}

	return NULL;
}

/**
 * um_vcpu_events_create - begin to count the events of a vCPU
 * @vcpu: the vCPU
 *
 * Return: 0 or -ENOMEM
 */
int um_vcpu_events_create(struct kvm_vcpu *vcpu)
{
	struct um_vcpu_entry *entry;

	entry = kzalloc_obj(*entry);
	if (!entry)
		return -ENOMEM;

	entry->vcpu = vcpu;
	guard(spinlock)(&um_vcpus_lock);
	hash_add_rcu(um_vcpus, &entry->node, (unsigned long)vcpu);

	return 0;
}

/**
 * um_vcpu_events_destroy - forget the events of a vCPU
 * @vcpu: the vCPU
 */
void um_vcpu_events_destroy(struct kvm_vcpu *vcpu)
{
	struct um_vcpu_entry *entry;

	scoped_guard(spinlock, &um_vcpus_lock) {
		entry = find_entry(vcpu);
		if (entry)
			hash_del_rcu(&entry->node);
	}

	/* Nobody looks at a vCPU that is being destroyed */
	kfree(entry);
}

/**
 * um_vcpu_count - count an event of a vCPU
 * @vcpu: the vCPU
 * @offset: of the event in struct um_vcpu_events
 *
 * Events come from the vCPU's own thread and from those that kick it.
 *
 * Context: any.
 */
void um_vcpu_count(struct kvm_vcpu *vcpu, size_t offset)
{
	struct um_vcpu_entry *entry;

	guard(rcu)();
	entry = find_entry(vcpu);
	if (entry)
		atomic64_inc((void *)&entry->events + offset);
}

/**
 * um_vcpu_get_events - read the events of a vCPU
 * @vcpu: the vCPU
 * @ev: where they are put
 */
void um_vcpu_get_events(struct kvm_vcpu *vcpu, struct um_vcpu_events *ev)
{
	struct um_vcpu_entry *entry;

	guard(rcu)();
	entry = find_entry(vcpu);
	if (entry)
		*ev = entry->events;
	else
		memset(ev, 0, sizeof(*ev));
}
EXPORT_SYMBOL_GPL(um_vcpu_get_events);
