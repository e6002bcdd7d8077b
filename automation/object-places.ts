import { type Fields, fieldsOf } from "../components/core/fields";
import type { KubernetesApi } from "./kubernetes-api";

/** Where an API has the objects of its kinds; each group is asked for once. */
export class ObjectPlaces {
  private readonly kinds = new Map<string, Promise<Fields | undefined>>();

  constructor(private readonly api: Pick<KubernetesApi, "get">) {}

  /**
   * Path of the collection that an object of this kind is in; undefined when the API does not serve the kind.
   *
   * @param namespace of the object, where its kind has namespaces.
   */
  async of(apiVersion: string, kind: string, namespace: string): Promise<string | undefined> {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const asked = this.kinds.get(root) ?? this.api.get(root);
    this.kinds.set(root, asked);
    const { resources } = (await asked) ?? {};
    const all = Array.isArray(resources) ? resources.map(fieldsOf) : [];
    const found = all.find((each) => each["kind"] === kind && !String(each["name"]).includes("/"));
    if (found === undefined) return undefined;
    const folder = found["namespaced"] === true ? `${root}/namespaces/${namespace}` : root;
    return `${folder}/${String(found["name"])}`;
  }
}
