/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All mutants of a file are in its one object, each behind a switch. The words
 * here are what tools/testing/vgic/mutate_source.py puts into a copy of the
 * source; it includes this file before all else.
 */
#ifndef _VGIC_MUTANT_H
#define _VGIC_MUTANT_H

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>

extern unsigned int mutant_selected;
extern bool mutants_watched;

void mutant_note(unsigned int nr);

/* Is this the mutant to be, at the place that is just reached? */
static __always_inline bool mutant(unsigned int nr)
{
	bool selected = unlikely(nr == mutant_selected);

	if (unlikely(selected || mutants_watched))
		mutant_note(nr);

	return selected;
}

/* Condition negation */
#define MUT_NOT(nr, ...) (mutant(nr) ^ !!(__VA_ARGS__))

/* Off by one; + 0 makes an rvalue of what may be a bit-field */
#define MUT_BOUND(nr, a, op, other, b)					\
({									\
	typeof((a) + 0) __mut_a = (a);					\
	typeof((b) + 0) __mut_b = (b);					\
									\
	mutant(nr) ? __mut_a other __mut_b : __mut_a op __mut_b;	\
})

/* Swapped arguments, if the compiler would not mind */
struct mutant_swap {
	unsigned int nr;
	unsigned int valid;
};

#define MUT_INTEGER(a)	(__builtin_classify_type(a) == 1)
#define MUT_ALIKE(a, b)							\
	((MUT_INTEGER(a) && MUT_INTEGER(b)) ||				\
	 (__builtin_classify_type(a) == 5 &&				\
	  __builtin_types_compatible_p(typeof(({ a; })), typeof(({ b; })))))
#define MUT_PICK(nr, other, self)					\
({									\
	static const struct mutant_swap __mut_swap __used		\
		__section(".discard.mutants") = { nr, MUT_ALIKE(self, other) }; \
									\
	mutant(nr) ?							\
		__builtin_choose_expr(MUT_ALIKE(self, other), other, self) : \
		(self);							\
})

/* A reference that is not taken */
#define MUT_GET_IRQ(nr, kvm, ...)					\
({									\
	struct vgic_irq *__mut_irq = __VA_ARGS__;			\
									\
	if (!IS_ERR_OR_NULL(__mut_irq) && mutant(nr))			\
		vgic_put_irq(kvm, __mut_irq);				\
	__mut_irq;							\
})

/* Locks that a scope takes only if its argument is not NULL */
static inline void mutant_mutex_lock(struct mutex *lock)
{
	if (lock)
		mutex_lock(lock);
}

static inline void mutant_mutex_unlock(struct mutex *lock)
{
	if (lock)
		mutex_unlock(lock);
}

static inline unsigned long mutant_irqsave(raw_spinlock_t *lock)
{
	unsigned long flags = 0;

	if (lock)
		raw_spin_lock_irqsave(lock, flags);

	return flags;
}

static inline void mutant_irqrestore(raw_spinlock_t *lock, unsigned long flags)
{
	if (lock)
		raw_spin_unlock_irqrestore(lock, flags);
}

static inline void mutant_spin_lock(raw_spinlock_t *lock)
{
	if (lock)
		raw_spin_lock(lock);
}

static inline void mutant_spin_unlock(raw_spinlock_t *lock)
{
	if (lock)
		raw_spin_unlock(lock);
}

static inline void mutant_rcu_lock(void *taken)
{
	if (taken)
		rcu_read_lock();
}

static inline void mutant_rcu_unlock(void *taken)
{
	if (taken)
		rcu_read_unlock();
}

DEFINE_GUARD(mut_mutex, struct mutex *, mutant_mutex_lock(_T),
	     mutant_mutex_unlock(_T))
DEFINE_GUARD(mut_rcu, void *, mutant_rcu_lock(_T), mutant_rcu_unlock(_T))
DEFINE_LOCK_GUARD_1(mut_raw_spinlock, raw_spinlock_t,
		    mutant_spin_lock(_T->lock), mutant_spin_unlock(_T->lock))
DEFINE_LOCK_GUARD_1(mut_raw_spinlock_irqsave, raw_spinlock_t,
		    _T->flags = mutant_irqsave(_T->lock),
		    mutant_irqrestore(_T->lock, _T->flags),
		    unsigned long flags)

#endif
