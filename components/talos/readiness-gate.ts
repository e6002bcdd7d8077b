import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ApiClient } from "../kubernetes/kubeconfig";
import { nodeProgram } from "../kubernetes/node-program";

export interface ReadinessGateArgs {
  /** How to reach the Kubernetes API. */
  readonly client: pulumi.Input<ApiClient>;
  /** What makes the gate wait again, e.g. the id of a bootstrap. */
  readonly triggers: readonly pulumi.Input<string>[];
}

/**
 * Done when the Kubernetes API answers /readyz.
 *
 * A kubeconfig can be had before there is an API behind it, so that deployments into the cluster must wait for
 * more than the kubeconfig. Runs on `up` only, when the cluster is new or its address or credentials change; nodes may
 * be NotReady, for the network comes later. Waits {@link READY_SECONDS} at most.
 */
export class ReadinessGate extends pulumi.ComponentResource {
  /** Resolves when the API is ready. */
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: ReadinessGateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("firmament:talos:ReadinessGate", name, {}, opts);
    const client = pulumi.output(args.client);
    const wait = new command.local.Command(
      `${name}-wait`,
      {
        create: "wait until the Kubernetes API is ready",
        ...nodeProgram(readinessProgram(READY_SECONDS, REFUSED_SECONDS)),
        environment: {
          KUBE_HOST: client.host,
          KUBE_CA: client.caCertificate,
          KUBE_CERT: client.clientCertificate,
          KUBE_KEY: pulumi.secret(client.clientKey),
        },
        triggers: [...args.triggers],
      },
      { parent: this },
    );
    this.ready = wait.stdout;
    this.registerOutputs({ ready: this.ready });
  }
}

/** First boot on metal: images are pulled and the machine has installed itself and restarted. */
const READY_SECONDS = 1800;
/** Clocks of machines that have just started are set by then; a certificate that has expired stays so. */
const REFUSED_SECONDS = 120;

/** The program of the command. */
export function readinessProgram(seconds: number, refused: number): string {
  return `(${waitUntilReady.toString()})(${seconds}, ${refused})`;
}

/**
 * Polls /readyz of KUBE_HOST. Ends with 1 when it is not ready in time, or does not know the kubeconfig for `refused`
 * seconds without interruption. Its text is the program of the command: it uses nothing from outside itself.
 */
function waitUntilReady(seconds: number, refused: number): void {
  const https = process.getBuiltinModule("node:https");
  const decoded = (name: string) => Buffer.from(process.env[name] ?? "", "base64");
  const tls = { ca: decoded("KUBE_CA"), cert: decoded("KUBE_CERT"), key: decoded("KUBE_KEY") };
  const end = Date.now() + seconds * 1000;
  let refusedSince: number | undefined;
  const fail = (text: string) => {
    process.stderr.write(`${process.env["KUBE_HOST"]}/readyz: ${text}`);
    process.exitCode = 1;
  };
  const attempt = () => {
    const request = https.get(`${process.env["KUBE_HOST"]}/readyz`, { ...tls, timeout: 5000 }, (response) => {
      response.resume();
      const { statusCode } = response;
      if (statusCode === 200) process.stdout.write("ready");
      else again(`answered ${statusCode}`, statusCode === 401);
    });
    request.on("timeout", () => request.destroy(new Error("no answer in 5 s")));
    request.on("error", (error) => again(error.message, false));
  };
  const again = (reason: string, unknown: boolean) => {
    const now = Date.now();
    refusedSince = unknown ? (refusedSince ?? now) : undefined;
    if (refusedSince !== undefined && now - refusedSince >= refused * 1000) {
      fail(
        `${reason} — must know the certificate of the kubeconfig, which has expired or is another cluster's; fetch it again with ` +
          "`pulumi up --replace '**::<cluster>-kubeconfig'`",
      );
      return;
    }
    if (now < end) setTimeout(attempt, 500);
    else fail(`${reason} — not ready after ${seconds} s; look at the control planes with \`talosctl services\``);
  };
  attempt();
}
