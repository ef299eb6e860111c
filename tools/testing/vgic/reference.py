# SPDX-License-Identifier: GPL-2.0
"""A second opinion: what the commands of an ITS do, after IHI 0069.

Written from the architecture and from Documentation/gicv4-model.md, which says
what the software GICv4 machine does where the architecture leaves a choice,
and not from the machine's code. Plain state, no memory layout: tables are
dicts, pending tables are sets, addresses are offsets in an arena.
"""

from tools.testing.vgic import itscmd, records
from tools.testing.vgic.gicstate import (
    ENABLED,
    LPI,
    NONE,
    Rdist,
    Sgis,
    Unpredictable,
    Vpe,
)
from tools.testing.vgic.records import RESULT, Record, Result
from tools.testing.vgic.refvcommands import VCommands


class Machine(VCommands):
    """All state of a machine; every method is one thing done to it."""

    # Devices, guests, registers

    def device_write(self, its: int, devid: int, eventid: int) -> None:
        """A write to GITS_TRANSLATER; what nothing translates is dropped."""
        one = self.its[its]
        dev = one.devs.get(devid)
        event = dev.events.get(eventid) if dev else None
        if event is None:
            return
        if event.virt:
            vpe = self.vpes.get(event.target)
            if vpe and self.desc.svpet and one.number not in vpe.cpu:
                raise Unpredictable("a vPE that only who shares the vPE table has mapped")
            if vpe and one.number in vpe.cpu:
                self.check_target(one, vpe)
                self.vpend(one, vpe, event.intid, event.doorbell)
        elif event.target in one.cols:
            self.pend(one.cols[event.target], event.intid)

    def attach(self, rd: Rdist, vpe: Vpe) -> None:
        """A vPE that is mapped is resident."""
        rd.vpe = vpe
        vpe.resident = rd
        if self.desc.arch < 2:
            vpe.vprop = rd.vprop
        self.fetch_all(vpe)

    def enter(self, cpu: int, vprop: int, vpend: int) -> None:
        """GICR_VPENDBASER with Valid, and in GICv4.0 GICR_VPROPBASER before it."""
        rd = self.rdist[cpu]
        if rd.vpt >= 0:
            raise Unpredictable("GICR_VPENDBASER written while Valid is set")
        if self.desc.arch >= 2:
            self.enter_v41(rd, vpend)
            return
        if any(one.vpt == vpend & itscmd.RDBASE for one in self.rdist):
            raise Unpredictable("one vPE resident twice")
        vpt = vpend & itscmd.RDBASE
        vpe = self.by_vpt.get(vpt)
        if vpe and any(target != cpu for target in vpe.cpu.values()):
            raise Unpredictable("a vPE resident where it is not mapped to")
        if not vpend & records.VPEND_PENDING_LAST:
            self.warn("VPEND_LAST")
        if vpe and vpe.idai and not vpend & records.VPEND_IDAI:
            self.warn("VPEND_IDAI")
        if vpe:
            self.check_settled(vpe)
        rd.vprop = vprop & ((1 << 52) - 1) & ~0xFFF
        rd.vpt = vpt
        if vpe:
            self.attach(rd, vpe)

    def enter_v41(self, rd: Rdist, vpend: int) -> None:
        vpe = self.vpes.get(vpend & 0xFFFF)
        if vpe is None:
            raise Unpredictable("a vPE resident that is not mapped")
        if vpe.resident:
            raise Unpredictable("one vPE resident twice")
        if any(target != rd.number for target in vpe.cpu.values()):
            raise Unpredictable("a vPE resident where it is not mapped to")
        self.check_settled(vpe)
        rd.vpt, rd.vpeid = vpe.vpt, vpe.vpeid
        rd.vpend = vpend
        vpe.groups = vpend & (records.VPEND_GRP0 | records.VPEND_GRP1)
        # Who is there needs no doorbell
        vpe.db_wanted = False
        rd.pend.discard(vpe.default_db)
        self.attach(rd, vpe)

    def check_settled(self, vpe: Vpe) -> None:
        """Have commands for a vPE that becomes resident been completed?"""
        if vpe.move:
            self.warn("VMOVP_INCOMPLETE")
        for its in self.its:
            if vpe.vpeid in its.vsync_due:
                self.warn("VSYNC_MISSING")

    def leave_v41(self, rd: Rdist, bits: int) -> int:
        vpe = rd.vpe
        last = bool(bits & records.VPEND_PENDING_LAST)
        if vpe:
            vpe.resident = None
            if not last:
                # Who says PendingLast will come back unasked
                last = self.best(vpe) != NONE
                vpe.db_wanted = not last and bool(bits & records.VPEND_DB)
        value = rd.vpend & (records.VPEND_GRP0 | records.VPEND_GRP1)
        rd.vpe, rd.vpt, rd.vpeid = None, -1, -1
        return value | (records.VPEND_PENDING_LAST if last else 0)

    def leave(self, cpu: int, bits: int = 0) -> int:
        """Valid goes to 0. Return: [63:58] of GICR_VPENDBASER after that."""
        rd = self.rdist[cpu]
        if rd.vpt < 0:
            raise Unpredictable("GICR_VPENDBASER.Valid cleared while it is clear")
        if self.desc.arch >= 2:
            return self.leave_v41(rd, bits)
        if rd.vpe:
            vpe = rd.vpe
            last = self.best(vpe) != NONE
            vpe.resident = None
            vpe.idai = True
            rd.vpe = None
        else:
            last = any(
                self.vprop(rd.vprop, intid) & ENABLED for intid in self.vpts.get(rd.vpt, ())
            )
        rd.vpt = -1
        return records.VPEND_IDAI | (records.VPEND_PENDING_LAST if last else 0)

    def hppir(self, cpu: int) -> int:
        rd = self.rdist[cpu]
        return self.best(rd.vpe) if rd.vpe else NONE

    def ack(self, cpu: int) -> int:
        rd = self.rdist[cpu]
        intid = self.hppir(cpu)
        if rd.vpe and intid != NONE:
            (rd.vpe.sgi.pend if intid < 16 else rd.vpe.pend).discard(intid)
        return intid

    def write_rd(self, cpu: int, offset: int, value: int) -> None:
        """The registers of GICR_TYPER.DirectLPI, and of GICv4.1."""
        if self.desc.arch >= 2 and value & records.VALID:
            self.write_virtual(cpu, offset, value)
            return
        if offset in (records.GICR_SETLPIR, records.GICR_CLRLPIR) or self.desc.arch < 2:
            if not self.desc.direct_lpi:
                return
        rd = self.rdist[cpu]
        intid = value & itscmd.MASK32
        known = LPI <= intid < self.nr_intids
        if offset == records.GICR_SETLPIR and known:
            self.pend(cpu, intid)
        elif offset == records.GICR_CLRLPIR and known:
            rd.pend.discard(intid)
            rd.config.pop(intid, None)
        elif offset == records.GICR_INVLPIR and known:
            self.inv_physical(cpu, intid)
        elif offset == records.GICR_INVALLR:
            self.invall_physical(cpu)

    def write_virtual(self, cpu: int, offset: int, value: int) -> None:
        """GICR_INVLPIR and GICR_INVALLR of a vPE."""
        if offset not in (records.GICR_INVLPIR, records.GICR_INVALLR):
            return
        vpe = self.vpes.get(value >> 32 & 0xFFFF)
        # Redistributors of one group share what they know of vPEs
        if vpe is None or self.desc.group(vpe.cpu[min(vpe.cpu)]) != self.desc.group(cpu):
            self.warn("INV_VPE")
        elif offset == records.GICR_INVLPIR:
            self.vinv(vpe, value & itscmd.MASK32)
        else:
            self.vinv_all(vpe)

    def write_its(self, its: int, offset: int, value: int) -> None:
        """GITS_SGIR, and what records.setup() writes."""
        if self.desc.arch < 2 or offset != records.GITS_SGIR:
            return
        vpe = self.vpes.get(value >> 32 & 0xFFFF)
        if vpe is None or its not in vpe.cpu:
            self.warn("SGIR_VPE")
            return
        self.check_target(self.its[its], vpe)
        self.vsgi_pend(vpe, value & 15)

    def in_use(self, offset: int, size: int) -> None:
        """Software writes to memory: a table of the machine's?"""
        end = offset + size
        for its in self.its:
            for dev in its.devs.values():
                if offset < dev.itt + (self.desc.itte_size << dev.bits) and dev.itt < end:
                    raise Unpredictable("a write to an ITT that is in use")
        vpts = list(self.by_vpt) + [rd.vpt for rd in self.rdist]
        if any(offset < vpt + records.SLOT and vpt < end for vpt in vpts):
            raise Unpredictable("a write to a VPT that is in use")

    def poke(self, offset: int, value: int) -> None:
        if offset >= records.VPT:
            self.in_use(offset, 1)
        self.mem[offset] = value
        if records.VPT <= offset < records.VPT + records.NR_VPTS * records.SLOT:
            number, byte = divmod(offset - records.VPT, records.SLOT)
            base = records.VPT + number * records.SLOT
            if byte < (1 << 16) // 8 and byte >= LPI // 8:
                pending = self.vpts.setdefault(base, set())
                for bit in range(8):
                    (pending.add if value >> bit & 1 else pending.discard)(byte * 8 + bit)

    def zero(self, offset: int, size: int) -> None:
        self.in_use(offset, size)
        self.mem[offset : offset + size] = bytes(size)
        if self.stale:
            self.stale = [s for s in self.stale if s[0] < offset or s[1] > offset + size]
        for base in [b for b in self.vpts if offset <= b < offset + size]:
            self.vpts[base].clear()
        for base in [b for b in self.sgis if offset <= b < offset + size]:
            self.sgis[base] = Sgis()

    # Records

    def step(self, record: Record) -> Result:
        """Do what a record says."""
        op, unit, raw = record.op, record.unit, record.raw
        error = flags = value = 0
        self.broken = []
        if op == records.CMD:
            error, flags = self.execute(unit, raw)
        elif op == records.DEVICE:
            self.device_write(unit, raw[0], raw[1])
        elif op == records.POKE:
            self.poke(raw[0], raw[1] & 0xFF)
        elif op == records.ZERO:
            self.zero(raw[0], raw[1])
        elif op == records.ENTER:
            self.enter(unit, raw[0], raw[1])
        elif op == records.LEAVE:
            value = self.leave(unit, raw[0])
        elif op == records.ACK:
            value = self.ack(unit)
        elif op == records.HPPIR:
            value = self.hppir(unit)
        elif op == records.WRITE_RD:
            self.write_rd(unit, record.arg, raw[0])
        elif op == records.WRITE_ITS:
            self.write_its(unit, record.arg, raw[0])
        irqs = self.deliver() if self.kick else ()
        rules = tuple(self.rule_ids[name] for name in self.broken)
        return Result(op, error, flags, value, rules, tuple(irqs))


def expected(result: Result) -> bytes:
    """A result as replay.c writes it."""
    head = RESULT.pack(
        result.error,
        result.flags,
        len(result.rules),
        len(result.irqs),
        result.op,
        result.value,
    )
    if not result.rules and not result.irqs:
        return head
    return head + bytes(result.rules) + b"".join(i.to_bytes(4, "little") for i in result.irqs)
