import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ApiClient } from "../../kubernetes/kubeconfig";
import { nodeProgram } from "../../kubernetes/node-program";
import type { Machine } from "../settings";
import { machineApi, type MachineApi } from "./machine-api";
import { type TalosClient, talosVariables } from "./talos-variables";

export interface DepartureArgs {
  /** Machine that the settings have no more. */
  readonly leaving: { readonly name: string; readonly address: string; readonly endpoint?: string | undefined };
  /** Whether it is gone for good: it is not asked. */
  readonly lost: boolean;
  /** Control plane that was in the cluster before and stays. */
  readonly via: Machine;
  /** Names of all control planes that stay or are new: they are members of etcd before the machine leaves. */
  readonly staying: readonly string[];
  readonly client: pulumi.Input<TalosClient>;
  readonly kubernetes: pulumi.Input<ApiClient>;
}

/**
 * A machine leaves the cluster: Talos drains its node, takes it out of etcd, wipes the system disk, where the keys of the
 * cluster are, and powers it off (machine.MachineService/Reset, graceful); then its node is deleted. Other disks are left
 * as they are.
 *
 * The deletion of a ConfigurationApply asks nothing of the machine (siderolabs/terraform-provider-talos 0.11; #216, #133
 * there): it would go on as a member of etcd, with keys of the cluster.
 *
 * May be repeated at any point. Waits {@link LEAVE_SECONDS} at most.
 */
export class Departure extends command.local.Command {
  constructor(name: string, args: DepartureArgs, opts: pulumi.CustomResourceOptions) {
    const api = pulumi.output(args.kubernetes);
    const { TALOS_HOST, TALOS_PORT } = talosVariables(args.via, args.client);
    super(
      name,
      {
        create: "let the machine leave the cluster",
        ...nodeProgram(departureProgram(LEAVE_SECONDS, ANSWER_SECONDS, REPORT_SECONDS)),
        environment: {
          ...talosVariables(args.leaving, args.client),
          ADDRESS: args.leaving.address,
          LOST: String(args.lost),
          STAYING: args.staying.join(" "),
          VIA: args.via.name,
          VIA_HOST: TALOS_HOST,
          VIA_PORT: TALOS_PORT,
          KUBE_HOST: api.host,
          KUBE_CA: api.caCertificate,
          KUBE_CERT: api.clientCertificate,
          KUBE_KEY: pulumi.secret(api.clientKey),
        },
      },
      opts,
    );
  }
}

/** Draining waits for virtual machines that move to other hosts. */
const LEAVE_SECONDS = 1800;
/** A machine that restarts, and control planes that have just joined, are there by then. */
const ANSWER_SECONDS = 900;
const REPORT_SECONDS = 30;

/** The program of the command. */
export function departureProgram(seconds: number, answer: number, report: number): string {
  return `(${leave.toString()})(${machineApi.toString()}, ${seconds}, ${answer}, ${report})`;
}

/**
 * Ends with 1 when the machine does not leave in time. Its text is part of a program: it uses nothing from outside itself.
 */
function leave(
  apiOf: (variables: NodeJS.ProcessEnv) => MachineApi,
  seconds: number,
  answer: number,
  report: number,
): void {
  const { env } = process;
  const [name, address] = [env["MACHINE"] ?? "", env["ADDRESS"] ?? ""];
  const staying = (env["STAYING"] ?? "").split(" ").filter(Boolean);
  const leaving = apiOf(env);
  const via = apiOf({ ...env, MACHINE: env["VIA"], TALOS_HOST: env["VIA_HOST"], TALOS_PORT: env["VIA_PORT"] });
  const end = Date.now() + seconds * 1000;
  let reported = Date.now();
  const pause = () => new Promise((resolve) => setTimeout(resolve, 1000));
  const words = (error: unknown) => (error as Error).message;
  const say = (reason: string) => {
    if (Date.now() - reported < report * 1000) return;
    reported = Date.now();
    process.stdout.write(`${leaving.where}: ${reason}\n`);
  };

  const { request } = process.getBuiltinModule("node:https");
  const decoded = (variable: string) => Buffer.from(env[variable] ?? "", "base64");
  const tls = { ca: decoded("KUBE_CA"), cert: decoded("KUBE_CERT"), key: decoded("KUBE_KEY") };
  const kubernetes = (method: string) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const options = { ...tls, method, timeout: 5000 };
      const sent = request(`${env["KUBE_HOST"]}/api/v1/nodes/${name}`, options, (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => (body += text));
        response.on("error", reject);
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          if (status === 200 || status === 202 || status === 404) resolve({ status, body });
          else reject(new Error(`answered ${status}`));
        });
      });
      sent.on("timeout", () => sent.destroy(new Error("no answer in 5 s")));
      sent.on("error", reject);
      sent.end();
    });

  const isMember = async () => (await via.members()).some((each) => each.name === name || each.address === address);
  /** A machine that was reset answers no more, has no configuration, or another cluster's by now. */
  const isGone = async () => {
    try {
      return (await leaving.owner()) !== "this cluster";
    } catch {
      return true;
    }
  };
  /** Asked before, by a run that was ended: Talos cordons a node before it drains it, and deletes none. */
  const wasReset = async () => {
    const { status, body } = await kubernetes("GET");
    if (status === 404) return true;
    const { spec } = JSON.parse(body) as { spec?: { unschedulable?: boolean } };
    return spec?.unschedulable === true && !(await isMember());
  };
  const reset = async () => {
    for (const limit = Date.now() + answer * 1000; ; await pause()) {
      let reason: string | undefined;
      let hint = "";
      try {
        if ((await leaving.owner()) !== "this cluster") return;
        const members = (await via.members()).filter(({ learner }) => !learner).map((member) => member.name);
        const missing = staying.filter((each) => !members.includes(each));
        reason = missing.length > 0 ? `${missing.join(", ")} not in etcd yet` : await leaving.unhealthyMember();
        if (reason === undefined) {
          // field 5: the whole system disk, and no other; it is not started again
          const request = leaving.message({ 1: true, 5: { varint: Buffer.from([1]) } });
          await leaving.call("machine.MachineService/Reset", request);
          process.stdout.write(`${leaving.where}: leaves the cluster\n`);
          return;
        }
      } catch (error) {
        reason = words(error);
        if (!/the Talos API answers/.test(reason)) {
          if (await wasReset().catch(() => false)) return;
          hint = `; if it never comes back, end this run and list ${name} in base.lostMachines`;
        }
      }
      if (Date.now() >= limit) {
        throw new Error(
          `${leaving.where}: ${reason} — must answer, and other control planes be healthy, to leave the cluster; repair what it ` +
            `names, or list ${name} in base.lostMachines if it never comes back or was reset by hand`,
        );
      }
      say(`waiting until it can leave (${reason})${hint}`);
    }
  };

  const left = async () => {
    let since: number | undefined;
    for (;;) {
      let reason = "it is a member of etcd still";
      let stays = false;
      try {
        if (!(await isMember())) {
          if (env["LOST"] === "true" || (await isGone())) return;
          reason = "it is being reset";
        }
        // a reset that fails, because etcd refuses for one, ends in a restart as it was
        stays = env["LOST"] !== "true" && (await leaving.unsettled().catch(words)) === undefined;
      } catch (error) {
        reason = words(error);
      }
      since = stays ? (since ?? Date.now()) : undefined;
      if (since !== undefined && Date.now() - since >= report * 1000) {
        throw new Error(
          `${leaving.where}: it runs on as it was, its reset has failed — must leave the cluster; look for the reason with ` +
            "`talosctl dmesg`, then run `pulumi up` again",
        );
      }
      if (Date.now() >= end) {
        throw new Error(
          `${leaving.where}: ${reason} — has not left the cluster after ${seconds} s; look at it with \`talosctl dmesg\`, then run ` +
            `\`pulumi up\` again, or list ${name} in base.lostMachines if it never comes back`,
        );
      }
      say(`waiting for it to leave (${reason})`);
      await pause();
    }
  };

  const forgotten = async (): Promise<unknown> => {
    for (;;) {
      try {
        return await kubernetes("DELETE");
      } catch (error) {
        if (Date.now() >= end) {
          throw new Error(
            `${env["KUBE_HOST"]}: ${words(error)} — the node ${name} must be deleted when its machine has left; repair the API, then run \`pulumi up\` again`,
          );
        }
        await pause();
      }
    }
  };

  const run = async () => {
    if (env["LOST"] !== "true") await reset();
    await left();
    await forgotten();
    process.stdout.write(`${name} has left the cluster\n`);
  };
  run().catch((error: unknown) => {
    process.stderr.write(words(error));
    process.exitCode = 1;
  });
}
