import type { Finding } from "./finding";
import { releaseOf } from "./library/helm/release-marks";
import type { Exemption, Selector } from "./settings";
import { printPath, type Owner, type View } from "./view";

/** Decides which violations are excused, and keeps count of the exemptions that excused none. */
export class Exemptions {
  private readonly byRule = new Map<string, Exemption[]>();
  private readonly used = new Set<Exemption>();

  constructor(
    private readonly all: readonly Exemption[],
    /** Today, YYYY-MM-DD: expiry is inclusive. */
    private readonly today: string,
    /**
     * Releases whose real charts were rendered. What an exemption says of a release cannot be seen without: unless its
     * release is among them, it is not known whether the exemption is used.
     */
    private readonly rendered: ReadonlySet<string> = new Set(),
  ) {
    for (const exemption of all) {
      this.byRule.set(exemption.rule, [...(this.byRule.get(exemption.rule) ?? []), exemption]);
    }
  }

  /** The exemption that excuses a value of a target from a rule, if any that has not expired. */
  excuse(rule: string, target: Owner, at?: View): Exemption | undefined {
    const found = this.byRule
      .get(rule)
      ?.find(({ selector }) => selects(selector, target) && selectsValue(selector, at ?? target.root));
    if (found === undefined) return undefined;
    this.used.add(found);
    return this.expired(found) ? undefined : found;
  }

  /** A finding for every exemption that has expired and, when `complete`, for every one that excused nothing. */
  *faults(complete: boolean): Generator<Finding> {
    for (const [index, exemption] of this.all.entries()) {
      const { rule, expiry, owner } = exemption;
      const base = { rule, path: `exemptions[${index}]`, severity: "high", status: "violation" } as const;
      if (this.expired(exemption)) {
        yield { ...base, message: `exemption of ${owner} expired on ${expiry}; fix what it excuses, or renew it` };
      } else if (complete && !this.used.has(exemption) && this.visible(exemption)) {
        yield { ...base, message: `exemption of ${owner} excuses nothing; remove it` };
      }
    }
  }

  private visible({ selector: { release } }: Exemption): boolean {
    return release === undefined || this.rendered.has(release);
  }

  private expired({ expiry }: Exemption): boolean {
    return expiry < this.today;
  }
}

export function selects(selector: Selector, target: Owner): boolean {
  const { type, kind, namespace, name, release } = selector;
  if (type !== undefined && !matches(type, target.type)) return false;
  if (kind !== undefined && kind !== target.kind) return false;
  if (namespace !== undefined && namespace !== textOf(target.namespace)) return false;
  if (release !== undefined && release !== releaseOf(target)) return false;
  if (name === undefined) return true;
  return matches(name, textOf(target.name) ?? target.resource.name) || matches(name, target.resource.name);
}

function selectsValue({ path }: Selector, at: View): boolean {
  return path === undefined || matches(path, printPath(at.path));
}

function textOf(view: View): string | undefined {
  return view.unreadable ? undefined : view.text;
}

/** Whether a name is meant by a pattern: a `*` at its start or end stands for anything. */
export function matches(pattern: string, text: string): boolean {
  if (pattern.endsWith("*")) return text.startsWith(pattern.slice(0, -1));
  return pattern.startsWith("*") ? text.endsWith(pattern.slice(1)) : text === pattern;
}
