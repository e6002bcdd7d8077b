import * as fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { InvalidInput, type Problem } from "../../components/core/problem";
import { machineApi, type MachineApi } from "../../components/talos/life/machine-api";
import type { Engine } from "../engine";
import { OperationFailed } from "../operation-failed";
import { verifySnapshot } from "./etcd-snapshot";
import { type MachineOfState, machinesOfState } from "./of-state";
import { talosStreams, type TalosStreams } from "./talos-streams";

export interface RecoveryOptions {
  /**
   * Whether what is left of etcd on the control planes is wiped first (their EPHEMERAL partition, with a restart). Default:
   * no; then none of them may have any.
   */
  readonly wipe?: boolean;
  /**
   * Control planes that are gone for good, as the settings or the state name them; they are not asked. One that comes back all the
   * same cannot join: the recovered etcd is another cluster to it. Default: none.
   */
  readonly lost?: readonly string[];
  /** Told what is being waited for. Default: nobody. */
  readonly progress?: (text: string) => void;
  /** Default: over the network. */
  readonly connect?: (
    variables: Readonly<Record<string, string>>,
  ) => Pick<MachineApi, "call" | "message" | "values" | "inner">;
  readonly streams?: (variables: Readonly<Record<string, string>>) => TalosStreams;
  /** How long machines may take for each step. Default: 900 s. */
  readonly seconds?: number;
}

type Connected = MachineOfState & { readonly api: Pick<MachineApi, "call" | "message" | "values" | "inner"> };

/** Pieces of a snapshot as they are sent; a message of gRPC has 4 MiB at most. */
const PIECE = 1 << 20;

/**
 * Makes a cluster's etcd again from a snapshot, where its majority is lost: all control planes start from it, the first one
 * alone, the others join. What was written after the snapshot is gone. Machines and their configurations stay.
 *
 * @returns the machine that etcd was bootstrapped on.
 * @throws InvalidInput, before anything is touched, when the file is no whole snapshot, or a control plane does not answer
 *     or still has data of etcd that must not be wiped. OperationFailed when a step does not come to its end.
 */
export async function recoverEtcd(
  engine: Pick<Engine, "exportState">,
  stack: string,
  file: string,
  options: RecoveryOptions = {},
): Promise<string> {
  const {
    wipe = false,
    lost = [],
    connect = machineApi,
    streams = talosStreams,
    seconds = 900,
    progress = () => undefined,
  } = options;
  await verifySnapshot(file).catch((error: unknown) => {
    throw refused([
      { where: file, given: (error as Error).message, rule: "must be a whole snapshot", fix: "name another file" },
    ]);
  });
  const { machines } = await machinesOfState(engine, stack);
  const controlPlanes = machines.filter(({ role }) => role === "controlplane");
  const unknown = lost.filter((name) => !controlPlanes.some(isCalled(name)));
  if (unknown.length > 0) {
    const rule = "must be control planes of the stack";
    const fix = `name some of ${controlPlanes.map(({ name }) => name).join(", ")}`;
    throw refused([{ where: "--lost", given: unknown.join(", "), rule, fix }]);
  }
  const members: Connected[] = controlPlanes
    .filter((machine) => !lost.some((name) => isCalled(name)(machine)))
    .map((machine) => ({ ...machine, api: connect(machine.variables) }));
  const problems = await Promise.all(members.map((member) => problemOf(member, wipe)));
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw refused(found);
  const [first] = members;
  if (first === undefined) {
    const rule = "one control plane at least must be left";
    throw refused([{ where: "--lost", given: lost.join(", "), rule, fix: "install machines first, with `pulumi up`" }]);
  }

  try {
    if (wipe) await wipeAll(members, seconds, progress);
    for (const member of members) await until(member, "Preparing", seconds, progress);
    await upload(first, streams(first.variables), file);
    // BootstrapRequest.recover_etcd
    await first.api.call("machine.MachineService/Bootstrap", first.api.message({ 1: true }), { seconds: 60 });
    for (const member of members) await until(member, "Running", seconds, progress);
  } catch (error) {
    throw new OperationFailed(
      `${(error as Error).message} — etcd is not recovered yet; look at the control planes with \`talosctl service etcd\` and ` +
        "`talosctl dmesg`, then run the same command again",
    );
  }
  return first.name;
}

const isCalled = (name: string) => (machine: MachineOfState) => [machine.name, machine.resource].includes(name);

/** A machine says what it was until it has restarted: what it is told meanwhile is lost. */
async function wipeAll(
  members: readonly Connected[],
  seconds: number,
  progress: (text: string) => void,
): Promise<void> {
  const before = await Promise.all(members.map(bootOf));
  for (const { api } of members) await api.call("machine.MachineService/Reset", wipeRequest(api), { seconds: 30 });
  progress(`wiped what was left of etcd on ${members.map(({ name }) => name).join(", ")}; they restart`);
  const end = Date.now() + seconds * 1000;
  for (const [index, member] of members.entries()) {
    for (;;) {
      const now = await bootOf(member).catch(() => before[index]);
      if (now !== before[index]) break;
      if (Date.now() >= end) throw new Error(`${member.name} at ${member.address}: must restart within ${seconds} s`);
      await pause(1000);
    }
  }
}

/** Another text after each start of the machine. */
async function bootOf({ api: { call, message, inner } }: Connected): Promise<string> {
  const parts = await call("machine.MachineService/Read", message({ 1: "/proc/sys/kernel/random/boot_id" }));
  return Buffer.concat(parts.map((part) => inner(part, 2))).toString();
}

async function upload(machine: Connected, stream: TalosStreams, file: string): Promise<void> {
  try {
    const pieces = fs.createReadStream(file, { highWaterMark: PIECE }) as AsyncIterable<Buffer>;
    await stream.send("machine.MachineService/EtcdRecover", messages(machine, pieces));
  } finally {
    stream.close();
  }
}

/** Pieces of a file as messages of common.Data. */
async function* messages({ api }: Connected, pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  for await (const piece of pieces) yield api.message({ 2: piece });
}

/** Not graceful, for there is no etcd to leave; with a restart; EPHEMERAL and nothing else. */
function wipeRequest({ message }: Connected["api"]): Buffer {
  return message({ 2: true, 3: message({ 1: "EPHEMERAL", 2: true }) });
}

async function problemOf(member: Connected, wipe: boolean): Promise<Problem | undefined> {
  const where = `${member.name} at ${member.address}`;
  try {
    const state = await etcdState(member);
    if (wipe || state === "Preparing") return undefined;
    const rule = "has data of etcd, which a recovery replaces on all control planes";
    return { where, given: `etcd is ${state}`, rule, fix: "give --wipe, if that data is worth less than the snapshot" };
  } catch (error) {
    const rule = "must answer: it would go on with what it has when it comes back";
    const fix = `switch it on, or give --lost ${member.name} if it never comes back`;
    return { where, given: (error as Error).message, rule, fix };
  }
}

/** State of the service etcd: Preparing while it waits for a bootstrap, Running when it answers. */
async function etcdState({ api: { call, inner, values } }: Connected): Promise<string> {
  const [answer = Buffer.alloc(0)] = await call("machine.MachineService/ServiceList");
  const services = values(inner(answer, 1), 2);
  const etcd = services.find((service) => inner(service, 1).toString() === "etcd");
  return etcd === undefined ? "not there" : inner(etcd, 2).toString();
}

async function until(
  member: Connected,
  state: string,
  seconds: number,
  progress: (text: string) => void,
): Promise<void> {
  let last = "";
  for (const end = Date.now() + seconds * 1000; ; await pause(1000)) {
    const now = await etcdState(member).catch((error: unknown) => (error as Error).message);
    if (now === state) return;
    if (now !== last) progress(`${member.name}: etcd is ${now}, waiting until it is ${state}`);
    last = now;
    if (Date.now() >= end)
      throw new Error(`${member.name} at ${member.address}: etcd is ${now}, and must be ${state} after ${seconds} s`);
  }
}

function refused(problems: readonly Problem[]): InvalidInput {
  return new InvalidInput("etcd recover", problems);
}
