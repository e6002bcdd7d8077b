import { createHash } from "node:crypto";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { talosApi } from "./machine-probe";
import type { Machine } from "./settings";

export interface SettledGateArgs {
  readonly machine: Machine;
  /** Its whole configuration, as it was applied. */
  readonly configuration: pulumi.Input<string>;
  /** The administrator's access to the machines; base64 of PEM. */
  readonly client: pulumi.Input<TalosClient>;
}

/** clientConfiguration of the machines' secrets. */
interface TalosClient {
  readonly caCertificate: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
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
  constructor(name: string, { machine, configuration, client }: SettledGateArgs, opts: pulumi.CustomResourceOptions) {
    const text = pulumi.output(configuration);
    const access = pulumi.output(client);
    super(
      name,
      {
        interpreter: ["node", "-e"],
        create: 'process.stdout.write("new")',
        update: `(${waitUntilSettled.toString()})(${SETTLE_SECONDS}, ${STEADY_SECONDS}, ${REPORT_SECONDS})`,
        environment: {
          MACHINE: machine.name,
          ...talosApi(machine),
          TALOS_CA: pulumi.unsecret(access.caCertificate),
          TALOS_CERT: access.clientCertificate,
          TALOS_KEY: pulumi.secret(access.clientKey),
          // what makes it wait again; a digest gives no key away
          CONFIGURATION: pulumi.unsecret(text.apply((each) => createHash("sha256").update(each).digest("hex"))),
          STATIC_POD_IMAGES: pulumi.unsecret(text.apply((each) => staticPodImages(each).join(" "))),
        },
      },
      opts,
    );
  }
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

/**
 * Ends with 1 when a machine does not come to run its configuration in time. Its text is the program of the command: it
 * uses nothing from outside itself.
 *
 * It asks the Talos API for two resources (machinery 1.13.0, proto.go of cosi-project/runtime 1.16): MachineStatus, whose
 * stage is running when nothing is being done to the machine, with the conditions that are not met; and the status of
 * static pods, where the images are that really run: a kubelet asks for changed ones only now and then, 20 s apart.
 */
export function waitUntilSettled(seconds: number, steady: number, report: number): void {
  const http2 = process.getBuiltinModule("node:http2");
  const variable = (name: string) => process.env[name] ?? "";
  const decoded = (name: string) => Buffer.from(variable(name), "base64").toString();
  const where = `${variable("MACHINE")} at ${variable("TALOS_HOST")}:${variable("TALOS_PORT")}`;
  const images = variable("STATIC_POD_IMAGES").split(" ").filter(Boolean);
  const host = variable("TALOS_HOST").includes(":") ? `[${variable("TALOS_HOST")}]` : variable("TALOS_HOST");
  const stages = [
    "unknown",
    "booting",
    "installing",
    "maintenance",
    "running",
    "rebooting",
    "shutting down",
    "resetting",
  ];
  const RUNNING = 4;

  /** Fields 1, 2, 3 of a protocol buffer, all texts. */
  const request = (...texts: string[]) => {
    const fields = texts.flatMap((text, index) => [
      Buffer.from([((index + 1) << 3) | 2, text.length]),
      Buffer.from(text),
    ]);
    const message = Buffer.concat(fields);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    return Buffer.concat([head, message]);
  };
  /** The values of a field of a protocol buffer. */
  const values = (message: Buffer, field: number) => {
    const found: (Buffer | number)[] = [];
    let at = 0;
    const varint = () => {
      let value = 0;
      for (let factor = 1; ; factor *= 128) {
        const byte = message[at++] ?? 0;
        value += (byte & 127) * factor;
        if (byte < 128) return value;
      }
    };
    while (at < message.length) {
      const tag = varint();
      const kind = tag & 7;
      const length = kind === 2 ? varint() : kind === 1 ? 8 : kind === 5 ? 4 : 0;
      const value = kind === 0 ? varint() : message.subarray(at, at + length);
      at += length;
      if (tag >>> 3 === field) found.push(value);
    }
    return found;
  };
  const inner = (message: Buffer, ...path: number[]) =>
    path.reduce<Buffer>((part, field) => {
      const [value] = values(part, field);
      return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
    }, message);
  /** What is still to come; undefined when the machine runs what was applied. */
  const missing = (status: Buffer, pods: Buffer) => {
    const spec = inner(status.subarray(5), 1, 2, 1);
    const [stage = 0] = values(spec, 1);
    if (stage !== RUNNING) return `it is ${stages[Number(stage)] ?? "being upgraded"}`;
    // without the platform there is no network yet, and no node is ready
    const unmet = values(inner(spec, 2), 2)
      .map((condition) => [1, 2].map((field) => (Buffer.isBuffer(condition) ? inner(condition, field).toString() : "")))
      .filter(([name]) => name !== "nodeReady");
    if (unmet.length > 0) return unmet.map(([name, reason]) => `${name}: ${reason}`).join(", ");
    const old = images.filter((image) => !pods.includes(image));
    return old.length === 0 ? undefined : `${old.join(", ")} does not run yet`;
  };

  const look = () =>
    new Promise<string | undefined>((resolve) => {
      const session = http2.connect(`https://${host}:${variable("TALOS_PORT")}`, {
        ca: decoded("TALOS_CA"),
        cert: decoded("TALOS_CERT"),
        // a name of Go's that OpenSSL does not know
        key: decoded("TALOS_KEY").replaceAll("ED25519 PRIVATE KEY", "PRIVATE KEY"),
        // a certificate of this cluster's authority will do: the machine may be reached by an address that it does not know
        checkServerIdentity: () => undefined,
      });
      const end = (result: string | undefined) => {
        session.destroy();
        resolve(result);
      };
      session.setTimeout(5000, () => end("no answer in 5 s"));
      session.on("error", (error: Error) => end(error.message));
      const call = (method: string, ...texts: string[]) =>
        new Promise<Buffer>((answered) => {
          const stream = session.request({
            ":method": "POST",
            ":path": `/cosi.resource.State/${method}`,
            "content-type": "application/grpc",
            te: "trailers",
          });
          const parts: Buffer[] = [];
          let refused = "";
          const answer = (headers: Record<string, unknown>) => {
            const code = String(headers["grpc-status"] ?? "0");
            if (code !== "0") refused = `the Talos API answers ${code} ${String(headers["grpc-message"] ?? "")}`;
          };
          stream.on("response", answer).on("trailers", answer);
          stream.on("data", (part: Buffer) => parts.push(part));
          stream.on("error", (error: Error) => end(error.message));
          stream.on("end", () => (refused === "" ? answered(Buffer.concat(parts)) : end(refused)));
          stream.end(request(...texts));
        });
      void Promise.all([
        call("Get", "runtime", "MachineStatuses.runtime.talos.dev", "machine"),
        images.length === 0 ? Buffer.alloc(0) : call("List", "k8s", "StaticPodStatuses.kubernetes.talos.dev"),
      ]).then(([status, pods]) => end(missing(status, pods)));
    });

  const began = Date.now();
  let reported = began;
  let since: number | undefined;
  const attempt = async () => {
    const reason = await look();
    const now = Date.now();
    since = reason === undefined ? (since ?? now) : undefined;
    if (since !== undefined && now - since >= steady * 1000) {
      process.stdout.write("runs its configuration\n");
      return;
    }
    if (now - began >= seconds * 1000) {
      process.stderr.write(
        `${where}: ${reason ?? "it has only just come back"} — does not run its new configuration after ${seconds} s, and no other ` +
          "machine was changed after it; look at it with `talosctl dmesg` and `talosctl services`, then run `pulumi up` again",
      );
      process.exitCode = 1;
      return;
    }
    if (reason !== undefined && now - reported >= report * 1000) {
      reported = now;
      process.stdout.write(`${where}: waiting for it to run its new configuration (${reason})\n`);
    }
    setTimeout(() => void attempt(), 1000);
  };
  void attempt();
}
