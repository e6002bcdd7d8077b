import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as fsp from "node:fs/promises";
import { InvalidInput } from "../../components/core/problem";
import type { Engine } from "../engine";
import { machinesOfState } from "./of-state";
import { dataOf, talosStreams, type TalosStreams } from "./talos-streams";

export interface Snapshot {
  /** Control plane that it was taken from. */
  readonly machine: string;
  readonly bytes: number;
}

export interface SnapshotOptions {
  /** Streams of a machine. Default: over the network. */
  readonly connect?: (variables: Readonly<Record<string, string>>) => TalosStreams;
}

/**
 * Takes a snapshot of a cluster's etcd, from the first control plane that gives one. The file is there when it is whole:
 * its checksum was compared. It holds all Secrets of the cluster, encrypted with the key of `firmament secrets`.
 *
 * @throws InvalidInput when the stack has no machines or no control plane gives a snapshot.
 */
export async function snapshotEtcd(
  engine: Pick<Engine, "exportState">,
  stack: string,
  file: string,
  { connect = talosStreams }: SnapshotOptions = {},
): Promise<Snapshot> {
  const { machines } = await machinesOfState(engine, stack);
  const partial = `${file}.partial`;
  // told apart from what machines do
  await fsp.writeFile(partial, "", { mode: 0o600 }).catch((error: unknown) => {
    const fix = "name a file in a folder that is there and can be written";
    const given = (error as Error).message;
    throw new InvalidInput("etcd snapshot", [{ where: file, given, rule: "must be a file that can be written", fix }]);
  });
  const problems = [];
  for (const { name, address, variables } of machines.filter(({ role }) => role === "controlplane")) {
    const streams = connect(variables);
    try {
      const received = dataOf(streams.receive("machine.MachineService/EtcdSnapshot"));
      await fsp.writeFile(partial, received, { mode: 0o600, flag: "w" });
      const bytes = await verifySnapshot(partial);
      await fsp.rename(partial, file);
      return { machine: name, bytes };
    } catch (error) {
      await fsp.rm(partial, { force: true });
      const rule = "must give a snapshot of etcd";
      const fix = "look at it with `talosctl service etcd`";
      problems.push({ where: `${name} at ${address}`, given: (error as Error).message, rule, fix });
    } finally {
      streams.close();
    }
  }
  throw new InvalidInput("etcd snapshot", problems);
}

const CHECKSUM_BYTES = 32;

/**
 * Whether a file is a whole snapshot: etcd appends the SHA-256 of the rest, whose length is a multiple of 512
 * (etcd 3.6, etcdutl/snapshot).
 *
 * @returns its length.
 * @throws Error when it is not.
 */
export async function verifySnapshot(file: string): Promise<number> {
  const { size } = await fsp.stat(file);
  if (size <= CHECKSUM_BYTES || size % 512 !== CHECKSUM_BYTES) throw new Error(`${size} bytes are no snapshot of etcd`);
  const hash = createHash("sha256");
  for await (const piece of fs.createReadStream(file, { end: size - CHECKSUM_BYTES - 1 })) hash.update(piece as Buffer);
  const given = Buffer.alloc(CHECKSUM_BYTES);
  const handle = await fsp.open(file);
  try {
    await handle.read(given, 0, CHECKSUM_BYTES, size - CHECKSUM_BYTES);
  } finally {
    await handle.close();
  }
  if (!hash.digest().equals(given)) throw new Error("the snapshot's checksum is not that of its content");
  return size;
}
