import { isIPv6 } from "node:net";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "./settings";

export interface MachineProbeArgs {
  readonly machine: Machine;
  /** Certificate of the authority of the cluster's machines; base64 of PEM. */
  readonly authority: pulumi.Input<string>;
}

/**
 * Waits until a machine answers, and asks nothing of it: a machine without a configuration is in maintenance mode, one
 * of this cluster shows a certificate of its authority. Any other belongs to another cluster, or to this one before it
 * was destroyed; Talos' provider asks such a machine again and again for {@link ANSWER_SECONDS}, without a word.
 *
 * Runs when a machine is new or its address changes. Says every half minute what it waits for.
 */
export class MachineProbe extends command.local.Command {
  constructor(name: string, { machine, authority }: MachineProbeArgs, opts: pulumi.CustomResourceOptions) {
    super(
      name,
      {
        interpreter: ["node", "-e"],
        create: `(${probe.toString()})(${ANSWER_SECONDS}, ${REPORT_SECONDS})`,
        environment: {
          MACHINE: machine.name,
          ...talosApi(machine),
          // a certificate is public, but it comes with the administrator's key
          TALOS_CA: pulumi.unsecret(pulumi.output(authority)),
        },
      },
      opts,
    );
  }
}

/** Where the Talos API of a machine is reached, as programs of commands take it. */
export function talosApi({
  endpoint,
  address,
}: Pick<Machine, "address"> & { readonly endpoint?: string | undefined }): {
  TALOS_HOST: string;
  TALOS_PORT: string;
} {
  const given = endpoint ?? address;
  if (isIPv6(given)) return { TALOS_HOST: given, TALOS_PORT: DEFAULT_PORT };
  const { hostname, port } = new URL(`tcp://${given}`);
  return { TALOS_HOST: hostname.replace(/^\[|\]$/g, ""), TALOS_PORT: port === "" ? DEFAULT_PORT : port };
}

const DEFAULT_PORT = "50000";

/** A machine that is switched on now has booted by then, over the network too. */
const ANSWER_SECONDS = 1200;
const REPORT_SECONDS = 30;

/**
 * Ends with 1 when a machine is another cluster's, or does not answer in time. Its text is the program of the command: it
 * uses nothing from outside itself.
 */
export function probe(seconds: number, report: number): void {
  const tls = process.getBuiltinModule("node:tls");
  const { X509Certificate } = process.getBuiltinModule("node:crypto");
  const name = process.env["MACHINE"] ?? "";
  const host = process.env["TALOS_HOST"] ?? "";
  const port = process.env["TALOS_PORT"] ?? "";
  const authority = new X509Certificate(Buffer.from(process.env["TALOS_CA"] ?? "", "base64"));
  const began = Date.now();
  let reported = began;

  const fail = (text: string) => {
    process.stderr.write(text);
    process.exitCode = 1;
  };
  const again = (reason: string) => {
    if (Date.now() - began >= seconds * 1000) {
      fail(
        `${name} at ${host}:${port}: ${reason} — does not answer after ${seconds} s; ` +
          "boot it into Talos' maintenance mode, or correct its address",
      );
      return;
    }
    if (Date.now() - reported >= report * 1000) {
      reported = Date.now();
      process.stdout.write(`${name} at ${host}:${port}: waiting for it to answer (${reason})\n`);
    }
    setTimeout(attempt, 1000);
  };
  const attempt = () => {
    let answered = false;
    // what it shows is looked at here; a machine in maintenance mode cannot prove who it is
    const socket = tls.connect({ host, port: Number(port), rejectUnauthorized: false, timeout: 5000 }, () => {
      answered = true;
      const { raw } = socket.getPeerCertificate();
      socket.destroy();
      verify(new X509Certificate(raw));
    });
    socket.on("timeout", () => socket.destroy(new Error("no answer in 5 s")));
    socket.on("error", (error) => {
      if (!answered) again(error.message);
      answered = true;
    });
    socket.on("close", () => {
      if (!answered) again("the connection was closed");
    });
  };
  const verify = (shown: InstanceType<typeof X509Certificate>) => {
    // machinery's constant MaintenanceServiceCommonName
    if (/^CN=maintenance-service\.talos\.dev$/m.test(shown.subject)) process.stdout.write("in maintenance mode\n");
    else if (shown.verify(authority.publicKey)) process.stdout.write("a machine of this cluster\n");
    else {
      fail(
        `${name} at ${host}:${port}: configured by another cluster (certificate of ` +
          `${shown.issuer.replaceAll("\n", ", ")}, valid from ${shown.validFrom}) — must be in maintenance mode or of ` +
          "this cluster; reset it (`talosctl reset` with the talosconfig of that cluster, or wipe its disk), or correct " +
          "its address",
      );
    }
  };
  attempt();
}
