/* SPDX-License-Identifier: GPL-2.0 */
/* arm64's struct kvm_arch and kvm_vcpu_arch; EL2 is plain C here */
#ifndef __UM_VGIC_ASM_KVM_HOST_H
#define __UM_VGIC_ASM_KVM_HOST_H

#include "../../../../arm64/include/asm/kvm_host.h"

/* As with VHE: the hypervisor's functions are called, not reached by HVC */
#undef kvm_call_hyp
#define kvm_call_hyp(f, ...)		f(__VA_ARGS__)
#undef kvm_call_hyp_ret
#define kvm_call_hyp_ret(f, ...)	f(__VA_ARGS__)
#undef kvm_call_hyp_nvhe
#define kvm_call_hyp_nvhe(f, ...)	f(__VA_ARGS__)
#undef host_data_ptr
#define host_data_ptr(f)		this_cpu_ptr(&kvm_host_data.f)

#endif
