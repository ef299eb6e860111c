/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/its-mock-msi: a device without hardware that owns MSIs of a GICv3 ITS.
 *
 * An open file is one device. It comes with ITS_MOCK_MSI_CREATE and goes with
 * the file; if an interrupt of it is forwarded to a guest then, only after
 * that. See Documentation/ioctl.md.
 */
#ifndef _UAPI_LINUX_ITS_MOCK_MSI_H
#define _UAPI_LINUX_ITS_MOCK_MSI_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct its_mock_msi_create - the device of a file
 * @device_id: DeviceID at the host's ITS, of no other device
 * @nr_events: number of MSIs, the events 0 to @nr_events - 1; at most 1024
 * @its:       which ITS, 0 for the first of the device tree
 * @pad:       must be zero
 */
struct its_mock_msi_create {
	__u32 device_id;
	__u32 nr_events;
	__u32 its;
	__u32 pad;
};

/**
 * struct its_mock_msi_event - what the host knows of a MSI
 * @event_id: in: which
 * @irq:      out: its Linux irq number
 * @hits:     out: how often the host's own handler took it
 */
struct its_mock_msi_event {
	__u32 event_id;
	__u32 irq;
	__u64 hits;
};

/**
 * struct its_mock_msi_eventfd - whom the host's handler tells of a MSI
 * @event_id: which
 * @fd:       an eventfd, which is offered to irq bypass, too, as VFIO does; or
 *            -1 for nobody
 */
struct its_mock_msi_eventfd {
	__u32 event_id;
	__s32 fd;
};

#define ITS_MOCK_MSI_TYPE	0xf5

#define ITS_MOCK_MSI_CREATE	_IOW(ITS_MOCK_MSI_TYPE, 0, struct its_mock_msi_create)
#define ITS_MOCK_MSI_EVENT	_IOWR(ITS_MOCK_MSI_TYPE, 1, struct its_mock_msi_event)
/* The ITS executes INT for the EventID that is the argument */
#define ITS_MOCK_MSI_TRIGGER	_IO(ITS_MOCK_MSI_TYPE, 2)
#define ITS_MOCK_MSI_EVENTFD	_IOW(ITS_MOCK_MSI_TYPE, 3, struct its_mock_msi_eventfd)

#endif /* _UAPI_LINUX_ITS_MOCK_MSI_H */
