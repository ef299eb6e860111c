/* SPDX-License-Identifier: GPL-2.0 */
/* For spatch --macro-file: what looks like a call and begins a block */
#define scoped_guard YACFE_ITERATOR
#define kvm_for_each_vcpu YACFE_ITERATOR
#define xa_for_each YACFE_ITERATOR
