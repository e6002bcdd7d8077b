import { type Fields, fieldsOf } from "../../components/core/fields";
import type { EngineEvent, StepMetadata } from "../engine-events";
import type { KubernetesApi } from "../kubernetes-api";
import { ObjectPlaces } from "../object-places";
import { conditionOf, lastEvent, lastWarning, type Occurrence } from "./object-state";

/** A resource that could not be made, changed or removed. */
export interface FailedStep {
  /** create, update, replace … */
  readonly op: string;
  /** Name that the program gave. */
  readonly resource: string;
  readonly type: string;
  readonly inputs: Fields;
}

/** What a resource belongs to: a component of the platform and its stage. */
export type PartOf = (step: FailedStep) => string | undefined;

const RELEASE = "kubernetes:helm.sh/v3:Release";
const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet"] as const;
/** Helm puts it on all that it makes. */
const RELEASE_NAME = "meta.helm.sh/release-name";
/** What the Kubernetes provider waits for. */
const WAIT_FOR = "pulumi.com/waitFor";
/** Objects that are named of one release. */
const MOST = 5;

/** Resources of Kubernetes whose step failed, in the order of the failures. */
export function failedSteps(events: readonly EngineEvent[]): FailedStep[] {
  const steps = events.flatMap(({ resOpFailedEvent }) => (resOpFailedEvent ? [stepOf(resOpFailedEvent.metadata)] : []));
  return steps.filter(({ type }) => type.startsWith("kubernetes:"));
}

function stepOf({ op, urn, type, new: wanted, old }: StepMetadata): FailedStep {
  const resource = urn.split("::").at(-1) ?? urn;
  return { op, resource, type, inputs: fieldsOf(wanted?.inputs ?? old?.inputs) };
}

/**
 * What is not ready of resources that failed, a line each: what it belongs to, the object, its state and its last event.
 * Nothing of what cannot be read: the API may be what failed.
 */
export async function unready(
  api: Pick<KubernetesApi, "get">,
  steps: readonly FailedStep[],
  partOf: PartOf,
): Promise<string[]> {
  const reader = new Reader(api);
  const lines: string[] = [];
  for (const step of steps) {
    const part = [partOf(step) ?? step.resource, PHASES[step.op] ?? step.op].join(", ");
    const found = await (step.type === RELEASE ? reader.release(step.inputs) : reader.object(step.inputs)).catch(
      () => [],
    );
    lines.push(...found.map((each) => `${part}: ${each}`));
  }
  return lines;
}

const PHASES: Readonly<Record<string, string>> = {
  create: "installation",
  update: "change",
  replace: "replacement",
  "create-replacement": "replacement",
  delete: "removal",
};

class Reader {
  private readonly places: ObjectPlaces;

  constructor(private readonly api: Pick<KubernetesApi, "get">) {
    this.places = new ObjectPlaces(api);
  }

  /** Workloads of a release whose pods are not all ready. */
  async release({ name, namespace }: Fields): Promise<string[]> {
    const [release, folder] = [String(name), String(namespace)];
    const all = await Promise.all(
      WORKLOADS.map(async (kind) => {
        const items = itemsOf(await this.api.get(`/apis/apps/v1/namespaces/${folder}/${kind.toLowerCase()}s`));
        return items.filter((each) => annotationsOf(each)[RELEASE_NAME] === release).map((item) => ({ kind, item }));
      }),
    );
    const waiting = all.flat().flatMap(({ kind, item }) => {
      const { wanted, ready } = podsOf(item);
      return ready < wanted ? [{ kind, item, state: `${ready} of ${wanted} pods ready` }] : [];
    });
    if (all.flat().length === 0) {
      // what fails is rolled back, and gone with it is all but what was reported
      const warning = lastWarning(await this.occurrences(folder));
      return [`release ${folder}/${release} — has no workload (any more); last warning there: ${warning ?? "none"}`];
    }
    const shown = await Promise.all(
      waiting.slice(0, MOST).map(async ({ kind, item, state }) => {
        const { name: own } = fieldsOf(item["metadata"]);
        return this.line(kind, folder, String(own), state);
      }),
    );
    const more = waiting.length - MOST;
    return more > 0 ? [...shown, `release ${folder}/${release} — ${more} more of its workloads are not ready`] : shown;
  }

  async object(inputs: Fields): Promise<string[]> {
    const { apiVersion, kind, metadata } = inputs;
    const { name, namespace } = fieldsOf(metadata);
    const planned = typeof namespace === "string" ? namespace : "default";
    const place = await this.places.of(String(apiVersion), String(kind), planned);
    // the provider notes "default" of kinds without namespaces as well, where they were not served yet
    const folder = place?.includes(`/namespaces/${planned}/`) === true ? planned : undefined;
    const title = [folder, String(name)].filter((each) => each !== undefined).join("/");
    if (place === undefined) return [`${String(kind)} ${title} — ${String(apiVersion)} is not served (yet)`];
    const live = await this.api.get(`${place}/${String(name)}`);
    if (live === undefined) return [`${String(kind)} ${title} — is not there`];
    const awaited = annotationsOf(inputs)[WAIT_FOR];
    const state = conditionOf(live) ?? "says nothing of its state";
    return [await this.line(String(kind), folder, String(name), awaited ? `${state}; awaited: ${awaited}` : state)];
  }

  private async line(kind: string, folder: string | undefined, name: string, state: string): Promise<string> {
    const title = folder === undefined ? name : `${folder}/${name}`;
    const event = lastEvent(await this.occurrences(folder ?? "default"), name);
    return `${kind} ${title} — ${state}; last event: ${event ?? "none"}`;
  }

  private async occurrences(namespace: string): Promise<readonly Occurrence[]> {
    const found = await this.api.get(`/api/v1/namespaces/${namespace}/events`);
    return itemsOf(found).map((each) => {
      const { type, lastTimestamp, eventTime, reason, message, involvedObject, metadata } = each;
      const at = [lastTimestamp, eventTime, fieldsOf(metadata)["creationTimestamp"]].find(
        (time) => typeof time === "string",
      );
      const { kind, name } = fieldsOf(involvedObject);
      return {
        at: Date.parse(String(at)),
        kind: String(kind),
        object: String(name),
        warning: type === "Warning",
        text: `${String(reason)}: ${String(message)}`,
      };
    });
  }
}

function itemsOf(list: Fields | undefined): Fields[] {
  const items = list?.["items"];
  return Array.isArray(items) ? items.map(fieldsOf) : [];
}

function annotationsOf({ metadata }: Fields): Readonly<Record<string, string | undefined>> {
  return fieldsOf(fieldsOf(metadata)["annotations"]) as Readonly<Record<string, string | undefined>>;
}

function podsOf({ spec, status }: Fields): { readonly wanted: number; readonly ready: number } {
  const { replicas = 1 } = fieldsOf(spec);
  const { desiredNumberScheduled, numberReady, readyReplicas } = fieldsOf(status);
  return { wanted: Number(desiredNumberScheduled ?? replicas), ready: Number(numberReady ?? readyReplicas ?? 0) };
}
