import { createHash } from "node:crypto";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { nodeProgram } from "../../kubernetes/node-program";
import type { Machine } from "../settings";
import { machineApi, type MachineApi } from "./machine-api";
import { type TalosClient, talosVariables } from "./talos-variables";

export interface SettledGateArgs {
  readonly machine: Machine;
  /** Its whole configuration, as it was applied. */
  readonly configuration: pulumi.Input<string>;
  readonly client: pulumi.Input<TalosClient>;
  /** Whether the cluster ran before it was deployed: then its machines are waited for at once. Default: no. */
  readonly adopted?: boolean;
}

/**
 * Done when a machine runs what was applied to it: what is applied next may restart another machine.
 *
 * The provider's apply returns with the answer of the machine (0.8.1), which restarts only then. Control planes that
 * are changed one after another without waiting go away together, and etcd loses its majority (siderolabs/talos#9066).
 *
 * Runs when the configuration changes. A new machine is not waited for: it starts etcd only when it is bootstrapped,
 * which comes after all configurations. Waits {@link SETTLE_SECONDS} at most.
 */
export class SettledGate extends command.local.Command {
  constructor(name: string, args: SettledGateArgs, opts: pulumi.CustomResourceOptions) {
    const { machine, configuration, client, adopted = false } = args;
    const program = settledProgram(SETTLE_SECONDS, STEADY_SECONDS, REPORT_SECONDS);
    const text = pulumi.output(configuration);
    super(
      name,
      {
        // also when it is updated
        create: "wait until the machine runs its configuration",
        ...nodeProgram(program),
        environment: {
          ...talosVariables(machine, client),
          // what makes it wait again; a digest gives no key away
          CONFIGURATION: configurationDigest(text),
          ADOPTED: String(adopted),
          STATIC_POD_IMAGES: pulumi.unsecret(text.apply((each) => staticPodImages(each).join(" "))),
        },
      },
      opts,
    );
  }

  /** Whether this configuration is what it waited for last: an update that is limited to other resources runs nothing. */
  runs(configuration: pulumi.Output<string>): pulumi.Output<boolean> {
    const compared = pulumi.all([this.environment, configurationDigest(configuration)]);
    return pulumi.unsecret(compared.apply(([waited, digest]) => waited?.["CONFIGURATION"] === digest));
  }
}

/** Changes with the configuration, and gives no key away. */
export function configurationDigest(configuration: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.unsecret(configuration.apply((each) => createHash("sha256").update(each).digest("hex")));
}

/** Images of the static pods of a control plane; none of a worker. The provider's own text, which quotes nothing here. */
export function staticPodImages(configuration: string): string[] {
  const images = configuration.matchAll(/^ +image: (\S*\/kube-(?:apiserver|controller-manager|scheduler):\S+)$/gm);
  return [...images].map(([, image]) => image ?? "").filter((image) => !image.includes("@"));
}

/** A restart of large hardware takes ten minutes, most of it before an operating system. */
const SETTLE_SECONDS = 1800;
/** So long without interruption: the sequence of a restart begins right after the answer to the apply. */
const STEADY_SECONDS = 5;
const REPORT_SECONDS = 30;

/** The program of the command. */
export function settledProgram(seconds: number, steady: number, report: number): string {
  return `(${waitUntilSettled.toString()})((${machineApi.toString()})(process.env), ${seconds}, ${steady}, ${report})`;
}

/**
 * Ends with 1 when a machine does not come to run its configuration in time. Its text is part of a program: it uses
 * nothing from outside itself.
 *
 * It asks for the machine's status, and for that of static pods, where the images are that really run: a kubelet asks for
 * changed ones only now and then, 20 s apart.
 */
function waitUntilSettled(api: MachineApi, seconds: number, steady: number, report: number): void {
  if (process.env["PULUMI_COMMAND_STDOUT"] === undefined && process.env["ADOPTED"] !== "true") {
    process.stdout.write("new");
    return;
  }
  const images = (process.env["STATIC_POD_IMAGES"] ?? "").split(" ").filter(Boolean);
  const look = async () => {
    const unsettled = await api.unsettled();
    if (unsettled !== undefined || images.length === 0) return unsettled;
    const asked = api.message({ 1: "k8s", 2: "StaticPodStatuses.kubernetes.talos.dev" });
    const pods = Buffer.concat(await api.call("cosi.resource.State/List", asked));
    const old = images.filter((image) => !pods.includes(image));
    return old.length === 0 ? undefined : `${old.join(", ")} does not run yet`;
  };

  const began = Date.now();
  let reported = began;
  let since: number | undefined;
  const attempt = async () => {
    const reason = await look().catch((error: unknown) => (error as Error).message);
    const now = Date.now();
    since = reason === undefined ? (since ?? now) : undefined;
    if (since !== undefined && now - since >= steady * 1000) {
      process.stdout.write("runs its configuration\n");
      return;
    }
    if (now - began >= seconds * 1000) {
      process.stderr.write(
        `${api.where}: ${reason ?? "it has only just come back"} — does not run its new configuration after ${seconds} s, and no other ` +
          "machine was changed after it; look at it with `talosctl dmesg` and `talosctl services`, then run `pulumi up` again",
      );
      process.exitCode = 1;
      return;
    }
    if (reason !== undefined && now - reported >= report * 1000) {
      reported = now;
      process.stdout.write(`${api.where}: waiting for it to run its new configuration (${reason})\n`);
    }
    setTimeout(() => void attempt(), 1000);
  };
  void attempt();
}
