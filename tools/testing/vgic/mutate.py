# SPDX-License-Identifier: GPL-2.0
"""`make mutate`: break the kernel in all small ways, and see which test notices.

One kernel holds all mutants, and boots as one of them. Each boot ends as soon as
something complains. GNU parallel runs the boots, here or on HOSTS.
"""

import fnmatch
import hashlib
import json
import os
import random
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from tools.common import paths, ui
from tools.common.ui import Stage, UserError
from tools.kernel import tree
from tools.testing.vgic import kbuild, mutate_build, mutate_run, mutate_table
from tools.testing.vgic.check import DEBUG_CONFIG
from tools.testing.vgic.faults import FAULTS_CONFIG
from tools.testing.vgic.mutate_build import MUTATED
from tools.testing.vgic.mutate_source import Mutant
from tools.testing.vgic.run import KUNITCONFIG

RESULTS = MUTATED / "results"
PLAN = MUTATED / "plan.json"
LIST = MUTATED / "list.tsv"
TABLE = MUTATED / "table.tsv"
SUMMARY = MUTATED / "summary.txt"
BASELINE = MUTATED / "baseline.json"
EARLIER = MUTATED / "earlier.json"
# What a host gets, beside the kernels and the plan
RUNNER = ("tools/testing/vgic/mutate_run.py", "tools/testing/vgic/kernellog.py")
REMOTE_DIRECTORY = ".vgic-mutants"
# All suites above the hardware line, and none of the machine's own
ABOVE = "[vi]*"
POLL_SECONDS = 0.5


class Boot(NamedTuple):
    name: str
    kernel: str  # plain, debug, leaks
    ncpus: int
    glob: str
    machines: str = ""  # copies of the suites for these only; "": for all that the glob has


# The quickest first. A mutant goes on to the next if it survived.
BOOTS = (
    Boot("quick", "plain", 1, "vgic_vlpi"),
    Boot("v4.1", "plain", 1, "vgic_vlpi_v4_1-v4_1*"),
    Boot("2 ITSs", "plain", 1, "vgic_vlpi-v4_?-2its"),
    Boot("ioctl", "plain", 1, "vgic_vlpi_ioctl"),
    Boot("undo", "plain", 1, "vgic_vlpi_undo"),
    Boot("unwind", "plain", 1, "vgic_vlpi_unwind"),
    Boot("driver", "plain", 1, "its_v4*"),
    Boot("driver, 2 CPUs", "plain", 2, "its_v4*", "v4.0-direct,v4.0-2its,v4.1-2its,v4.1-groups"),
    Boot("small", "plain", 1, "vgic_vlpi_[dlmnpv]*", "v3.0,v4.1"),
    Boot("three machines", "plain", 1, "vgic_vlpi*", "v3.0,v4.1"),
    Boot("locks", "plain", 2, "vgic_vlpi_[dlv]*", "v4.1"),
    Boot("undo, 2 CPUs", "plain", 2, "vgic_vlpi_undo"),
    Boot("leaks", "leaks", 1, "vgic_vlpi_[luv]*", "v4.1"),
    Boot("machines", "plain", 1, ABOVE),
    Boot("2 CPUs", "plain", 2, ABOVE),
    Boot("debug, quick", "debug", 1, "vgic_vlpi"),
    Boot("debug", "debug", 1, ABOVE),
    Boot("debug, 2 CPUs", "debug", 2, ABOVE),
)
CONFIGS = {
    "plain": [KUNITCONFIG],
    "leaks": [KUNITCONFIG, FAULTS_CONFIG],
    "debug": [KUNITCONFIG, DEBUG_CONFIG],
}
# Seconds without a line: some cases of a debug kernel take a while on a busy host.
SILENCE = {"plain": 30.0, "leaks": 60.0, "debug": 120.0}
BASELINE_LIMIT = 3600.0


class Wanted(NamedTuple):
    """What the user asked for."""

    glob: str
    files: List[str]
    sample: int
    seed: int
    hosts: str
    jobs: int
    stages: List[str]
    keep: bool

    @property
    def whole(self) -> bool:
        return not self.glob and not self.sample and self.stages == [b.name for b in BOOTS]


def number(name: str, least: int) -> int:
    given = os.environ.get(name, "")
    if not given:
        return 0
    if not given.isdigit() or int(given) < least:
        raise UserError(f"{name}={given}: a number, {least} or more")
    return int(given)


def wanted() -> Wanted:
    names = [boot.name for boot in BOOTS]
    stages = [word.strip() for word in os.environ.get("STAGES", "").split(";") if word.strip()]
    for stage in stages:
        if stage not in names:
            raise UserError(f"STAGES={stage}: of {'; '.join(names)}, separated by semicolons")
    keep = os.environ.get("KEEP", "")
    if keep not in ("", "0", "1"):
        raise UserError(f"KEEP={keep}: 1 keeps who killed what by an earlier kernel")
    return Wanted(
        glob=os.environ.get("MUTANTS", ""),
        files=os.environ.get("FILES", "").split(),
        sample=number("SAMPLE", 1),
        seed=number("SEED", 0),
        hosts=os.environ.get("HOSTS", ""),
        jobs=kbuild.jobs(),
        stages=stages or names,
        keep=keep == "1",
    )


def select(mutants: Sequence[Mutant], ask: Wanted) -> List[Mutant]:
    """Those that match, in their order; of a sample, the same for the same SEED."""
    found = [m for m in mutants if not ask.glob or fnmatch.fnmatchcase(m.name, ask.glob)]
    if ask.files:
        known = {Path(mutant.path).name for mutant in mutants}
        for name in ask.files:
            if Path(name).name not in known:
                raise UserError(f"FILES={name}: of {', '.join(sorted(known))}")
        names = {Path(name).name for name in ask.files}
        found = [mutant for mutant in found if Path(mutant.path).name in names]
    if not found:
        raise UserError(f"MUTANTS={ask.glob}: no mutant has such a name; {paths.shown(LIST)} has all")
    if ask.sample and ask.sample < len(found):
        ranked = set(sorted(found, key=lambda m: rank(m.name, ask.seed))[: ask.sample])
        found = [mutant for mutant in found if mutant in ranked]
    return found


def rank(name: str, seed: int) -> float:
    return random.Random(f"{seed} {name}").random()


def build(kernel: tree.Tree, kinds: Sequence[str]) -> List[Mutant]:
    """Write the sources, build the kernels. Return: the mutants that are any."""
    with ui.stage("mutants") as stage:
        mutants = mutate_build.prepare(kernel.path, stage, {})
        stage.say(f"{len(mutants)} points found by Coccinelle")
    for kind in kinds:
        with ui.stage("build") as stage:
            linux = mutate_build.build(kernel.path, f"mutants-{kind}", CONFIGS[kind], stage)
        install(linux, MUTATED / f"linux-{kind}")
    invalid = mutate_build.swaps_of(mutants, MUTATED / f"mutants-{kinds[0]}")
    return [mutant for mutant in mutants if mutant.name not in invalid]


def install(linux: Path, target: Path) -> None:
    """What travels to the hosts: no symbols for a debugger."""
    if target.exists() and target.stat().st_mtime_ns == linux.stat().st_mtime_ns:
        return
    subprocess.run(["strip", "-g", "-o", str(target), str(linux)], check=True)
    stat = linux.stat()
    os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def digest(kinds: Sequence[str]) -> str:
    """The kernels as one word: results of others are not theirs."""
    found = hashlib.sha256()
    for kind in kinds:
        found.update((MUTATED / f"linux-{kind}").read_bytes())
    return found.hexdigest()[:16]


def validate(boots: Sequence[Boot], kernels: str, stage: Stage) -> Dict[str, Any]:
    """Without a mutant all must be green. Return: how long each boot took, what it reached."""
    try:
        known = json.loads(BASELINE.read_text())
    except (OSError, ValueError):
        known = {}
    if known.get("kernels") != kernels:
        known = {"kernels": kernels, "seconds": {}, "reached": {}}
    for boot in boots:
        if boot.name in known["seconds"]:
            continue
        stage.progress(f"no mutant, {boot.name}")
        started = time.monotonic()
        silence = 4 * SILENCE[boot.kernel]
        outcome = mutate_run.boot(
            as_stage(boot, silence, BASELINE_LIMIT), MUTATED, ["mutants_watched=1"]
        )
        if outcome.verdict != "survived":
            log = paths.LOGS / "mutate-baseline.log"
            log.write_text("\n".join(outcome.tail) + "\n")
            raise UserError(
                f"{boot.name}: not green without a mutant: {outcome.verdict}, {outcome.test}\n"
                f"  {outcome.said}\nlog: {paths.shown(log)}"
            )
        known["seconds"][boot.name] = round(time.monotonic() - started, 1)
        known["reached"][boot.name] = sorted(set(outcome.reached))
        BASELINE.write_text(json.dumps(known))
    return known


def as_stage(boot: Boot, silence: float, limit: float) -> mutate_run.Stage:
    return mutate_run.Stage(
        boot.name, f"linux-{boot.kernel}", boot.ncpus, boot.glob, silence, limit, boot.machines
    )


def write_plan(boots: Sequence[Boot], baseline: Dict[str, Any]) -> None:
    stages = []
    for boot in boots:
        limit = 10 * baseline["seconds"][boot.name] + 60
        stage = as_stage(boot, SILENCE[boot.kernel], limit)
        stages.append(stage._replace(reaches=baseline["reached"][boot.name])._asdict())
    PLAN.write_text(json.dumps({"stages": stages}) + "\n")


def drop_results(kernels: str, mutants: Sequence[Mutant], keep: bool) -> None:
    """Results of other kernels go; a kill may stay, if its mutant is the same."""
    stamp = MUTATED / "results.kernels"
    RESULTS.mkdir(parents=True, exist_ok=True)
    if stamp.exists() and stamp.read_text() == kernels:
        return
    now = {mutant.name: (mutant.before, mutant.after) for mutant in mutants}
    before: Dict[str, Tuple[str, str]] = {}
    if keep and LIST.exists():
        old = mutate_build.load_list(LIST)
        before = {mutant.name: (mutant.before, mutant.after) for mutant in old}
    for path in RESULTS.glob("*.json"):
        same = path.stem in before and before[path.stem] == now.get(path.stem)
        if not same or json.loads(path.read_text())["verdict"] == "survived":
            path.unlink()
    EARLIER.unlink(missing_ok=True)
    stamp.write_text(kernels)


def drop_early_survivors(mutants: Sequence[Mutant], boots: Sequence[Boot]) -> None:
    """A mutant that survived fewer boots than are asked for now is asked again."""
    earlier = load_earlier()
    for mutant in mutants:
        path = RESULTS / f"{mutant.name}.json"
        if path.exists():
            result = json.loads(path.read_text())
            left = {boot.name for boot in boots} - set(result["stages"])
            if result["verdict"] == "survived" and left:
                earlier[mutant.name] = result
                EARLIER.write_text(json.dumps(earlier))
                path.unlink()


def load_earlier() -> Dict[str, Any]:
    """What those that are asked again have survived so far."""
    try:
        return json.loads(EARLIER.read_text())
    except (OSError, ValueError):
        return {}


def merge_earlier() -> None:
    """Having survived the new boots, they have survived the old ones still."""
    for name, before in load_earlier().items():
        path = RESULTS / f"{name}.json"
        if not path.exists():
            continue
        result = json.loads(path.read_text())
        stages = set(before["stages"]) | set(result["stages"])
        result["stages"] = [boot.name for boot in BOOTS if boot.name in stages]
        result["reached"] = result["reached"] or before["reached"]
        result["seconds"] = round(result["seconds"] + before["seconds"], 2)
        path.write_text(json.dumps(result) + "\n")
    EARLIER.unlink(missing_ok=True)


def note_unreached(
    mutants: Sequence[Mutant], boots: Sequence[Boot], baseline: Dict[str, Any]
) -> None:
    """No boot will tell another story of what no boot gets to."""
    reached = {number for boot in boots for number in baseline["reached"][boot.name]}
    for mutant in mutants:
        path = RESULTS / f"{mutant.name}.json"
        if mutant.number not in reached and not path.exists():
            result = {"name": mutant.name, "host": "", "verdict": "survived", "stage": ""}
            result.update(test="", said="", reached=False, seconds=0.0)
            result["stages"] = [boot.name for boot in boots]
            path.write_text(json.dumps(result) + "\n")


def job_list(mutants: Sequence[Mutant], kernels: str) -> Path:
    """Those to do. The list of an interrupted run stays, so that its log fits."""
    jobs = MUTATED / "jobs.txt"
    asked = hashlib.sha256("\n".join([kernels, *(m.name for m in mutants)]).encode()).hexdigest()
    stamp = MUTATED / "jobs.stamp"
    if jobs.exists() and stamp.exists() and stamp.read_text() == asked:
        done = (MUTATED / "joblog").read_text().count("\n") if (MUTATED / "joblog").exists() else 0
        if done - 1 < jobs.read_text().count("\n"):
            return jobs
    todo = [m for m in mutants if not (RESULTS / f"{m.name}.json").exists()]
    jobs.write_text("".join(f"{mutant.name} {mutant.number}\n" for mutant in todo))
    (MUTATED / "joblog").unlink(missing_ok=True)
    stamp.write_text(asked)
    return jobs


def parallel(jobs: Path, ask: Wanted, kinds: Sequence[str]) -> List[str]:
    command = ["parallel", "--will-cite", "--joblog", "joblog", "--resume", "-j", str(ask.jobs)]
    command += ["--colsep", " ", "-a", jobs.name, "--nice", "5", "--halt", "soon,fail=20"]
    if ask.hosts:
        command += ["--sshlogin", ask.hosts, "--workdir", REMOTE_DIRECTORY, "--cleanup"]
        for name in [*RUNNER, PLAN.name, *(f"linux-{kind}" for kind in kinds)]:
            command += ["--basefile", name]
        command += ["--return", "results/{1}.json"]
    command += ["python3", "-B", "-m", "tools.testing.vgic.mutate_run", "{1}", "{2}"]
    return command + ["--plan", PLAN.name, "--out", "results"]


def run(selected: Sequence[Mutant], ask: Wanted, kinds: Sequence[str], jobs: Path) -> None:
    """Boot those that have no result yet."""
    for name in RUNNER:
        target = MUTATED / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(paths.REPO / name, target)
    log = paths.LOGS / "mutate.log"
    with ui.stage("run") as stage, open(log, "w", encoding="utf-8") as output:
        command = parallel(jobs, ask, kinds)
        output.write("$ " + " ".join(command) + "\n")
        output.flush()
        with subprocess.Popen(
            command,
            cwd=MUTATED,
            env=kbuild.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process:
            try:
                while process.poll() is None:
                    show(stage, selected)
                    time.sleep(POLL_SECONDS)
            except BaseException:
                process.terminate()
                raise
        left = [m.name for m in selected if not (RESULTS / f"{m.name}.json").exists()]
        if left:
            (MUTATED / "jobs.stamp").unlink(missing_ok=True)
            raise UserError(
                f"parallel ended with {process.returncode}, {len(left)} mutants have no result, "
                f"{left[0]} among them; log: {paths.shown(log)}"
            )
        stage.say(f"{len(selected)} mutants")


def show(stage: Stage, selected: Sequence[Mutant]) -> None:
    done = sum((RESULTS / f"{mutant.name}.json").exists() for mutant in selected)
    stage.progress(f"{done} of {len(selected)} mutants")


def conclude(mutants: Sequence[Mutant], selected: Sequence[Mutant], ask: Wanted) -> int:
    results = mutate_table.load_results(RESULTS)
    even = mutate_table.expanded(mutate_table.equivalents(), mutants)
    verdicts = mutate_table.judge(selected, results, even, [mutant.name for mutant in mutants])
    TABLE.write_text(mutate_table.every(selected, results, even))
    lines = mutate_table.report(verdicts)
    SUMMARY.write_text("\n".join(lines + [""] + mutate_table.markdown(verdicts.rows)) + "\n")
    for line in lines:
        ui.say(line)
    seconds = sum(results[mutant.name]["seconds"] for mutant in selected if mutant.name in results)
    ui.say()
    ui.say(f"{seconds:.0f} s of boots; all mutants: {paths.shown(TABLE)}")
    problems = [f"{paths.shown(mutate_table.EQUIVALENT)}: {text}" for text in verdicts.wrong]
    if ask.whole:
        problems += mutate_table.missed(verdicts.rows)
    for problem in problems:
        ui.say(ui.red("failed: ") + problem)
    return 1 if problems else 0


def entry() -> int:
    ask = wanted()
    mutate_table.equivalents()
    boots = [boot for boot in BOOTS if boot.name in ask.stages]
    kinds = list(dict.fromkeys(boot.kernel for boot in boots))
    kernel = tree.prepare(os.environ.get("KVER", ""), os.environ.get("KDIR", ""))
    MUTATED.mkdir(parents=True, exist_ok=True)
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    with paths.lock(paths.BUILD / ".lock-mutants"):
        mutants = build(kernel, kinds)
        kernels = digest(kinds)
        drop_results(kernels, mutants, ask.keep)
        LIST.write_text(mutate_build.listed(mutants))
        selected = select(mutants, ask)
        with ui.stage("validate") as stage:
            baseline = validate(boots, kernels, stage)
            seconds = [f"{boot.name} {baseline['seconds'][boot.name]:g} s" for boot in boots]
            stage.say("green without a mutant: " + ", ".join(seconds))
        write_plan(boots, baseline)
        drop_early_survivors(selected, boots)
        note_unreached(selected, boots, baseline)
        jobs = job_list(selected, kernels)
        run(selected, ask, kinds, jobs)
        merge_earlier()
        return conclude(mutants, selected, ask)


if __name__ == "__main__":
    ui.main(entry)
