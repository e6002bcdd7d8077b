import * as path from "node:path";
import { Engine } from "../engine";
import { recoverEtcd } from "../machines/etcd-recovery";
import { snapshotEtcd } from "../machines/etcd-snapshot";
import { upgradeKubernetes } from "../machines/kubernetes-upgrade";
import { secretsOf } from "../machines/secrets";
import { rotateCredentials } from "../tenants/rotate";
import { parseYamlText } from "../../stacks/yaml-text";

export interface StackChoice {
  /** Directory of Pulumi.yaml. */
  readonly root: string;
  readonly stack: string;
  /** One JSON document instead of a line. */
  readonly json?: true;
}

export interface SnapshotChoice extends StackChoice {
  readonly output: string;
}

export interface UpgradeChoice extends StackChoice {
  readonly to: string;
  readonly via?: readonly string[];
  readonly image?: readonly string[];
}

export interface RecoveryChoice extends StackChoice {
  readonly from: string;
  readonly wipe?: boolean;
  readonly lost?: readonly string[];
}

/** With the user's own Pulumi CLI, backend and passphrase. */
const engineOf = ({ root }: StackChoice) => new Engine({ workDir: path.resolve(root) });

export async function printSecrets(choice: StackChoice): Promise<string> {
  const text = await secretsOf(engineOf(choice), choice.stack);
  return choice.json === true ? `${JSON.stringify(parseYamlText(text), undefined, 2)}\n` : text;
}

export async function snapshot(choice: SnapshotChoice): Promise<string> {
  const { machine, bytes } = await snapshotEtcd(engineOf(choice), choice.stack, choice.output);
  if (choice.json === true) return JSON.stringify({ file: choice.output, machine, bytes });
  return `${choice.output}: ${(bytes / 1e6).toFixed(1)} MB from ${machine}, checksum compared`;
}

export async function recover(choice: RecoveryChoice): Promise<string> {
  const { wipe = false, lost = [] } = choice;
  const progress = (text: string) => void process.stderr.write(`${text}\n`);
  const first = await recoverEtcd(engineOf(choice), choice.stack, choice.from, { wipe, lost, progress });
  if (choice.json === true) return JSON.stringify({ stack: choice.stack, from: choice.from, bootstrapped: first });
  return `etcd runs again, from ${choice.from}, bootstrapped on ${first}`;
}

export async function rotate({ stack, root, json }: StackChoice): Promise<string> {
  const progress = (text: string) => void process.stderr.write(`${text}\n`);
  const renewed = await rotateCredentials(engineOf({ stack, root }), { stack, progress });
  if (json === true) return JSON.stringify({ stack, renewed });
  return `${stack}: renewed ${renewed.join(", ")}; its kubeconfig is a new one, the one before is valid until it expires`;
}

export async function upgrade(choice: UpgradeChoice): Promise<string> {
  const progress = (text: string) => void process.stderr.write(`${text}\n`);
  const { image: images = [], json, ...rest } = choice;
  const done = await upgradeKubernetes(engineOf(choice), { ...rest, images, progress });
  if (json === true) return JSON.stringify({ stack: choice.stack, deployed: done });
  return done.length === 0
    ? `${choice.stack} runs ${choice.to} already`
    : `${choice.stack} runs ${done.join(", then ")}`;
}
