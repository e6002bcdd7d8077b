import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ApiClient } from "../../kubernetes/kubeconfig";
import { nodeProgram } from "../../kubernetes/node-program";
import type { LeavingMachine } from "../removed-machines";
import type { Machine } from "../settings";
import { machineApi, type MachineApi } from "./machine-api";
import { type TalosClient, talosVariables } from "./talos-variables";

export interface DepartureArgs {
  /** Machine that the settings have no more. */
  readonly leaving: LeavingMachine;
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
        ...nodeProgram(departureProgram(LEAVE_SECONDS, ANSWER_SECONDS, HEALTH_SECONDS, REPORT_SECONDS)),
        environment: {
          ...talosVariables(args.leaving, args.client),
          ADDRESS: args.leaving.address,
          ROLE: args.leaving.role,
          LOST: String(args.leaving.lost),
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
/** All have settled when the first machine leaves: only one that has died meanwhile, or before, is not healthy so long. */
const HEALTH_SECONDS = 120;
const REPORT_SECONDS = 30;

/** The program of the command. */
export function departureProgram(seconds: number, answer: number, health: number, report: number): string {
  return `(${leave.toString()})(${machineApi.toString()}, ${seconds}, ${answer}, ${health}, ${report})`;
}

/**
 * Ends with 1 when the machine does not leave in time. Its text is part of a program: it uses nothing from outside itself.
 */
function leave(
  apiOf: (variables: NodeJS.ProcessEnv) => MachineApi,
  seconds: number,
  answer: number,
  health: number,
  report: number,
): void {
  const { env } = process;
  const [name, address] = [env["MACHINE"] ?? "", env["ADDRESS"] ?? ""];
  // a worker is no member of etcd, and may leave whatever has become of the others
  const controlPlane = env["ROLE"] === "controlplane";
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

  const known = () =>
    via.members().catch((error: unknown) => {
      throw new Error(`asked at ${via.where}: ${words(error)}`);
    });
  const isMember = async () =>
    controlPlane && (await known()).some((each) => each.name === name || each.address === address);
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
  /** Those that have to join first; where its own etcd is down, another knows. */
  const missing = async () => {
    const members = await leaving.members().catch(known);
    const joined = members.filter(({ learner }) => !learner).map((member) => member.name);
    return staying.filter((each) => !joined.includes(each));
  };
  /** Why it cannot be reset yet; nothing when it is being, or was before. */
  const obstacle = async (): Promise<{ reason: string; fix: string; unhealthy?: true } | undefined> => {
    const never = (who: string) => `if it never comes back, end this run and list ${who} in base.lostMachines`;
    try {
      if ((await leaving.owner()) !== "this cluster") return undefined;
      const absent = controlPlane ? await missing() : [];
      if (absent.length > 0)
        return { reason: `${absent.join(", ")} not in etcd yet`, fix: "look at it with `talosctl services`" };
      const reason = controlPlane ? await leaving.unhealthyMember() : undefined;
      if (reason !== undefined) {
        const fix =
          "repair that machine; if it never comes back, take it out of base.machines, with another in its place, and list it " +
          "in base.lostMachines";
        return { reason, fix, unhealthy: true };
      }
      // field 5: the whole system disk, and no other; it is not started again
      const request = leaving.message({ 1: true, 5: { varint: Buffer.from([1]) } });
      await leaving.call("machine.MachineService/Reset", request);
      process.stdout.write(`${leaving.where}: leaves the cluster\n`);
      return undefined;
    } catch (error) {
      const reason = words(error);
      if (/the Talos API answers/.test(reason)) return { reason, fix: "repair what it names" };
      if (await wasReset().catch(() => false)) return undefined;
      return { reason, fix: never(reason.startsWith("asked at") ? "that machine" : name) };
    }
  };
  const reset = async () => {
    const began = Date.now();
    for (let since: number | undefined; ; await pause()) {
      const found = await obstacle();
      if (found === undefined) return;
      const { reason, fix, unhealthy } = found;
      since = unhealthy === true ? (since ?? Date.now()) : undefined;
      if (since !== undefined && Date.now() - since >= health * 1000) {
        throw new Error(
          `${leaving.where}: ${reason} — all other control planes must be healthy before it leaves, for etcd needs a majority; ${fix}`,
        );
      }
      if (Date.now() - began >= answer * 1000) {
        throw new Error(
          `${leaving.where}: ${reason} — must answer, and those that are new be in etcd, before it leaves; repair what it ` +
            `names, or list ${name} in base.lostMachines if it never comes back or was reset by hand`,
        );
      }
      say(`waiting until it can leave (${reason}); ${fix}`);
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
