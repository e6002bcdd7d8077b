import { type Fields, fieldsOf } from "../components/core/fields";
import type { KubernetesApi } from "./kubernetes-api";
import { ObjectPlaces } from "./object-places";
import { isSecret, type StateResource } from "./state";

/** Field managers of server-side apply that the Kubernetes provider uses begin with this. */
const FIELD_MANAGER = "pulumi-kubernetes";

/**
 * The provider compares what is recorded with what the program wants; this annotation, which no program sets, makes
 * the next deployment update the object. So it is waited for, and its outputs are read.
 */
const RECOVERED = "firmament/recovered";

/** Objects in a cluster, as resources of a state. */
export class ClusterObjects {
  private readonly places: ObjectPlaces;

  constructor(readonly api: KubernetesApi) {
    this.places = new ObjectPlaces(api);
  }

  /**
   * A resource whose creation has no known end, as the provider records what it has created; undefined when there is
   * no such object, or when Pulumi has not made it: then it is somebody else's, and must not be taken over.
   */
  async created(resource: StateResource): Promise<StateResource | undefined> {
    const { apiVersion, kind, metadata } = fieldsOf(resource.inputs);
    const { name, namespace = "default" } = fieldsOf(metadata);
    if (![apiVersion, kind, name, namespace].every((each): each is string => typeof each === "string"))
      return undefined;
    // patches of objects (ConfigMapPatch) can be repeated
    if (!resource.type.endsWith(`:${String(kind)}`)) return undefined;
    const place = await this.places.of(String(apiVersion), String(kind), String(namespace));
    const live = place === undefined ? undefined : await this.api.get(`${place}/${String(name)}`);
    const manager = live === undefined ? undefined : managerOf(live);
    if (live === undefined || manager === undefined) return undefined;
    const { namespace: own } = fieldsOf(live["metadata"]);
    const recorded = withAnnotation(fieldsOf(resource.inputs));
    return {
      ...resource,
      id: typeof own === "string" ? `${own}/${String(name)}` : String(name),
      inputs: recorded,
      outputs: { ...recorded, __inputs: recorded, __initialApiVersion: apiVersion, __fieldManager: manager },
    };
  }
}

function managerOf(live: Fields): string | undefined {
  const { managedFields } = fieldsOf(live["metadata"]);
  const managers = Array.isArray(managedFields) ? managedFields.map((each) => fieldsOf(each)["manager"]) : [];
  return managers.find((manager): manager is string => String(manager).startsWith(FIELD_MANAGER));
}

function withAnnotation(object: Fields): Fields {
  const metadata = fieldsOf(object["metadata"]);
  const own = fieldsOf(metadata["annotations"]);
  const annotations = { ...(isSecret(own) ? {} : own), [RECOVERED]: "true" };
  return { ...object, metadata: { ...metadata, annotations } };
}
