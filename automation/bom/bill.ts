import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import { fieldsOf, isFields } from "../../components/core/fields";
import { type ChartLock, lockedChart } from "../../components/platform/charts/lock";

/** What a cloud is made of. */
export interface Bill {
  readonly charts: readonly BilledChart[];
  readonly images: readonly BilledImage[];
}

export interface BilledChart {
  readonly name: string;
  readonly version: string;
  /** Where it comes from: a repository, an archive, manifests. */
  readonly source: string;
  /** Hex sha256 of its archive; undefined where the lock has none. */
  readonly digest?: string;
}

export interface BilledImage {
  /** With registry, without tag and digest. */
  readonly name: string;
  readonly tag?: string;
  /** Hex sha256; undefined where only a tag names it. */
  readonly digest?: string;
}

/** Keys of objects whose text is an image. */
const IMAGE_KEYS = new Set(["image", "installer"]);
const IMAGE = /^((?:[\w.-]+(?::\d+)?\/)?[a-z0-9][\w./-]*?)(?::([\w][\w.-]{0,127}))?(?:@sha256:([0-9a-f]{64}))?$/;

/** Every image that objects name, in any place: containers, disks of virtual machines, installers of machines. */
export function imagesIn(objects: readonly unknown[]): BilledImage[] {
  const found = new Map<string, BilledImage>();
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (!isFields(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === "string" && IMAGE_KEYS.has(key)) {
        const image = readImage(inner);
        if (image !== undefined) found.set(inner, image);
      } else walk(inner);
    }
  };
  objects.forEach(walk);
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, image]) => image);
}

/** An image by its parts; undefined for what is none: a name without a registry's path, a placeholder. */
export function readImage(text: string): BilledImage | undefined {
  const [, name = "", tag, digest] = IMAGE.exec(text.replace(/^docker:\/\//, "")) ?? [];
  if (!name.includes("/")) return undefined;
  return { name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** Charts of releases, as the lock pins them. Releases of charts that are in no lock name themselves. */
export function chartsIn(releases: readonly unknown[], lock: ChartLock): BilledChart[] {
  const found = new Map<string, BilledChart>();
  for (const { name, chart, version, repositoryOpts } of releases.map(fieldsOf)) {
    if (typeof chart !== "string") continue;
    const known = [chart, typeof name === "string" ? name : ""].find((each) => Object.hasOwn(lock, each));
    const billed =
      known === undefined
        ? { name: chart, version: String(version ?? ""), source: String(fieldsOf(repositoryOpts)["repo"] ?? chart) }
        : ofLock(known, lock);
    found.set(`${billed.name} ${billed.version}`, billed);
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function ofLock(name: string, lock: ChartLock): BilledChart {
  const { version, repository, archive, manifests = [], digest } = lockedChart(lock, name);
  const source = repository ?? archive?.url ?? manifests.map(({ url }) => url).join(" ");
  return { name, version, source, ...(digest === undefined ? {} : { digest }) };
}

/** The bill in CycloneDX 1.6, as JSON. The same cloud gives the same text. */
export function billText(cloud: string, { charts, images }: Bill): string {
  const bom = new Models.Bom();
  bom.metadata.component = new Models.Component(Enums.ComponentType.Platform, cloud, { bomRef: `cloud:${cloud}` });
  for (const chart of charts) bom.components.add(chartComponent(chart));
  for (const image of images) bom.components.add(imageComponent(image));
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return serializer.serialize(bom, { sortLists: true, space: 2 });
}

function chartComponent({ name, version, source, digest }: BilledChart): Models.Component {
  const reference = `chart:${name}@${version}`;
  const qualifiers = { repository_url: source };
  const component = new Models.Component(Enums.ComponentType.Application, name, {
    bomRef: reference,
    version,
    purl: packageUrl("helm", name, version, qualifiers),
  });
  return withHash(component, digest);
}

function imageComponent({ name, tag, digest }: BilledImage): Models.Component {
  const last = name.split("/").at(-1) ?? name;
  const version = tag ?? (digest === undefined ? "latest" : `sha256:${digest}`);
  const qualifiers = { repository_url: name, ...(tag === undefined ? {} : { tag }) };
  const pinned = digest === undefined ? undefined : `sha256:${digest}`;
  const component = new Models.Component(Enums.ComponentType.Container, name, {
    bomRef: `image:${name}:${version}`,
    version,
    purl: packageUrl("oci", last, pinned, qualifiers),
  });
  return withHash(component, digest);
}

/** What is not pinned by content says so, where a reader of the bill looks for the digest. */
function withHash(component: Models.Component, digest: string | undefined): Models.Component {
  if (digest === undefined) component.properties.add(new Models.Property("firmament:digest", "not pinned"));
  else component.hashes.set(Enums.HashAlgorithm["SHA-256"], digest);
  return component;
}

/** A package URL (package-url/purl-spec): qualifiers in the order of their names. */
function packageUrl(
  type: "helm" | "oci",
  name: string,
  version: string | undefined,
  qualifiers: Readonly<Record<string, string>>,
): string {
  const named = Object.entries(qualifiers).sort(([a], [b]) => (a < b ? -1 : 1));
  const query = named.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
  return `pkg:${type}/${encodeURIComponent(name)}${version === undefined ? "" : `@${encodeURIComponent(version)}`}?${query}`;
}
