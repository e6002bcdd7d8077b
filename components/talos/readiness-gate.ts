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
        ...nodeProgram(`(${waitUntilReady.toString()})(${READY_SECONDS})`),
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

/**
 * Polls /readyz of KUBE_HOST. Its text is the program of the command: it uses nothing from outside itself.
 */
export function waitUntilReady(seconds: number): void {
  const https = process.getBuiltinModule("node:https");
  const decoded = (name: string) => Buffer.from(process.env[name] ?? "", "base64");
  const tls = { ca: decoded("KUBE_CA"), cert: decoded("KUBE_CERT"), key: decoded("KUBE_KEY") };
  const end = Date.now() + seconds * 1000;
  const attempt = () => {
    const request = https.get(`${process.env["KUBE_HOST"]}/readyz`, { ...tls, timeout: 5000 }, (response) => {
      response.resume();
      if (response.statusCode === 200) process.stdout.write("ready");
      else again(`answered ${response.statusCode}`);
    });
    request.on("timeout", () => request.destroy(new Error("no answer in 5 s")));
    request.on("error", (error) => again(error.message));
  };
  const again = (reason: string) => {
    if (Date.now() < end) {
      setTimeout(attempt, 500);
      return;
    }
    process.stderr.write(`${process.env["KUBE_HOST"]}/readyz: ${reason} — not ready after ${seconds} s`);
    process.exitCode = 1;
  };
  attempt();
}
