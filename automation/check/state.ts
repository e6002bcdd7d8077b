import * as fs from "node:fs";
import { type Fields, fieldsOf } from "../../components/core/fields";
import { InvalidInput } from "../../components/core/problem";
import type { ResourceOptions } from "../../policies";
import type { CheckedResource } from "./program";

/**
 * Reads what `pulumi stack export` writes. Secrets keep their marks; what is encrypted is not known.
 *
 * @throws InvalidInput when the file is no exported state.
 */
export function readState(file: string): { readonly stack: string; readonly resources: CheckedResource[] } {
  const deployment = deploymentIn(file);
  const live = deployment.filter((each) => each["delete"] !== true && each["external"] !== true);
  const byUrn = new Map(live.map((each) => [each["urn"], each]));
  const resources = live.map((each) => resourceOf(each, byUrn));
  const stack = /^urn:pulumi:([^:]+)::/.exec(resources[0]?.urn ?? "")?.[1] ?? file;
  return { stack, resources };
}

function deploymentIn(file: string): Fields[] {
  let content: unknown;
  let given = "another file";
  try {
    content = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    given = error instanceof Error ? error.message : String(error);
  }
  const { deployment } = fieldsOf(content);
  const { resources } = fieldsOf(deployment ?? content);
  const list: unknown = resources ?? (deployment === undefined ? undefined : []);
  if (Array.isArray(list))
    return list.map(fieldsOf).filter(({ urn, type }) => typeof urn === "string" && typeof type === "string");
  const fix = "write it with `pulumi stack export --file state.json`";
  throw new InvalidInput("--state", [{ where: file, given, rule: "must be an exported state", fix }]);
}

function resourceOf(state: Fields, byUrn: ReadonlyMap<unknown, Fields>): CheckedResource {
  const [type, urn] = [String(state["type"]), String(state["urn"])];
  // the outputs of a stack are what others read; of all else, inputs are what somebody asked for
  const props = fieldsOf(state[type === "pulumi:pulumi:Stack" ? "outputs" : "inputs"]);
  const reference = typeof state["provider"] === "string" ? state["provider"] : undefined;
  const provider = reference === undefined ? undefined : reference.slice(0, reference.lastIndexOf("::"));
  return {
    type,
    name: nameOf(urn),
    urn,
    props,
    opts: optionsOf(state),
    ...(provider === undefined
      ? {}
      : {
          provider: {
            type: typeOf(provider),
            name: nameOf(provider),
            urn: provider,
            props: byUrn.get(provider)?.["inputs"] ?? {},
          },
        }),
  };
}

function optionsOf(state: Fields): ResourceOptions {
  const timeouts = fieldsOf(state["customTimeouts"]);
  const seconds = (name: string) => (typeof timeouts[name] === "number" ? timeouts[name] : 0);
  const secrets = state["additionalSecretOutputs"];
  return {
    protect: state["protect"] === true,
    retainOnDelete: state["retainOnDelete"] === true,
    additionalSecretOutputs: Array.isArray(secrets)
      ? secrets.filter((each): each is string => typeof each === "string")
      : [],
    customTimeouts: {
      createSeconds: seconds("create"),
      updateSeconds: seconds("update"),
      deleteSeconds: seconds("delete"),
    },
    ...(typeof state["parent"] === "string" ? { parent: state["parent"] } : {}),
  };
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}
