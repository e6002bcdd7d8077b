import * as fs from "node:fs";
import * as path from "node:path";
import { InvalidInput } from "../../components/core/problem";
import { worldOfCloud } from "../prove/of-cloud";
import { proofReport } from "../prove/report";
import { IsolationProof, type ProofPrograms } from "../prove/session";

export interface ProveChoice {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  /** Folder with etcd, kube-apiserver and kube-ovn; default: they are on PATH. */
  readonly programs?: string;
  /** Folder with CustomResourceDefinitions of Kube-OVN and of NetworkAttachmentDefinitions. */
  readonly definitions: string;
  readonly json?: true;
}

export interface Proven {
  readonly report: string;
  /** Whether every packet is treated as meant. */
  readonly asMeant: boolean;
}

/**
 * Proves the isolation of a cloud's tenants.
 *
 * @throws InvalidInput when the cloud has nothing to prove, or OVN or another program is not there: then nothing is
 * proven, and the message says so.
 */
export async function proveIsolation(cloud: string, choice: ProveChoice): Promise<Proven> {
  const { programs, definitions } = choice;
  return await prove(cloud, choice, onPath(programs === undefined ? [] : [programs], definitions));
}

/** The same with programs that are known. */
export async function prove(
  cloud: string,
  { root, json }: Pick<ProveChoice, "root" | "json">,
  programs: ProofPrograms,
  note?: (line: string) => void,
): Promise<Proven> {
  const world = await worldOfCloud(root, cloud);
  const proof = await IsolationProof.start(world, programs, note);
  try {
    const answers = await proof.ask();
    const { text, asMeant } = proofReport(answers, world);
    return { report: json === true ? JSON.stringify({ asMeant, enforcer: world.enforcer, answers }) : text, asMeant };
  } finally {
    await proof.close();
  }
}

/** Where OVN keeps its schemas, as distributions package it. */
const SCHEMAS = "/usr/share/ovn";

/** Programs of OVN that are asked. */
export const OVN = ["ovsdb-server", "ovsdb-tool", "ovn-northd", "ovn-nbctl", "ovn-sbctl", "ovn-trace"] as const;

function onPath(first: readonly string[], definitions: string): ProofPrograms {
  const folders = [...first, ...(process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== "")];
  const find = (name: string) => folders.map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file));
  const all = ["etcd", "kube-apiserver", "kube-ovn", ...OVN];
  const missing = all.filter((name) => find(name) === undefined);
  if (missing.length > 0) {
    const ours = missing.some((name) => !(OVN as readonly string[]).includes(name));
    const rule = "isolation is not proven: OVN's databases and tracer and Kube-OVN's controller answer for it";
    const fix = ours
      ? "run `npm run sandbox -- prove isolation`, which builds what it needs, or name a folder with --programs"
      : "install OVN (Debian: ovn-central), or run `npm run sandbox -- prove isolation`, which takes it along";
    throw new InvalidInput("prove isolation", [{ where: "programs", given: `no ${missing.join(", ")}`, rule, fix }]);
  }
  return {
    etcd: find("etcd") ?? "etcd",
    kubeApiserver: find("kube-apiserver") ?? "kube-apiserver",
    controller: find("kube-ovn") ?? "kube-ovn",
    ovn: {
      folders: folders.filter((folder) => OVN.some((name) => fs.existsSync(path.join(folder, name)))),
      schemas: SCHEMAS,
    },
    definitions: [definitions],
  };
}
