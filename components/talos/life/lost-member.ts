import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { nodeProgram } from "../../kubernetes/node-program";
import type { Machine } from "../settings";
import { machineApi, type MachineApi } from "./machine-api";
import { type TalosClient, talosVariables } from "./talos-variables";

export interface LostMemberArgs {
  /** Machine that is gone for good. */
  readonly lost: { readonly name: string; readonly address: string };
  /** Control plane that stays. */
  readonly via: Machine;
  readonly client: pulumi.Input<TalosClient>;
}

/**
 * Takes a control plane that is gone for good out of etcd. Before machines that are new join: with a member that never
 * answers, etcd loses its majority one machine sooner, and it takes no new member while too few answer.
 *
 * Done at once where etcd does not know the machine.
 */
export class LostMember extends command.local.Command {
  constructor(name: string, { lost, via, client }: LostMemberArgs, opts: pulumi.CustomResourceOptions) {
    super(
      name,
      {
        create: "take the lost control plane out of etcd",
        ...nodeProgram(lostMemberProgram(REMOVE_SECONDS)),
        environment: { ...talosVariables(via, client), LOST: lost.name, LOST_ADDRESS: lost.address },
      },
      opts,
    );
  }
}

/** etcd elects another leader meanwhile, where the lost member was it. */
const REMOVE_SECONDS = 120;

/** The program of the command. */
export function lostMemberProgram(seconds: number): string {
  return `(${removeMember.toString()})((${machineApi.toString()})(process.env), ${seconds})`;
}

/**
 * Ends with 1 when etcd keeps the member. Its text is part of a program: it uses nothing from outside itself.
 */
function removeMember(api: MachineApi, seconds: number): void {
  const [lost, address] = [process.env["LOST"] ?? "", process.env["LOST_ADDRESS"] ?? ""];
  const end = Date.now() + seconds * 1000;
  const attempt = async (): Promise<void> => {
    try {
      const member = (await api.members()).find((each) => each.name === lost || each.address === address);
      if (member === undefined) {
        process.stdout.write(`${lost} is no member of etcd\n`);
        return;
      }
      await api.call("machine.MachineService/EtcdRemoveMemberByID", api.message({ 1: { varint: member.id } }));
    } catch (error) {
      if (Date.now() >= end) {
        process.stderr.write(
          `${lost} at ${address}: ${(error as Error).message} — stays a member of etcd after ${seconds} s, asked at ${api.where}; ` +
            "a majority of the other members must answer: look at them with `talosctl etcd members`, then run `pulumi up` again; " +
            "where most are lost, recover etcd from a snapshot before (`firmament etcd recover`)",
        );
        process.exitCode = 1;
        return;
      }
    }
    // also after a removal: the list says whether it is true
    setTimeout(() => void attempt(), 1000);
  };
  void attempt();
}
