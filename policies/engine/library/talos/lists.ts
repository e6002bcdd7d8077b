import { type Fields, isFields } from "../../../../components/core/fields";
import { own } from "./schema";

/** Puts an element onto one that is about the same thing. */
type Merge = (left: Fields, right: Fields) => Fields;

type Merger = (left: readonly unknown[], right: readonly unknown[], merge: Merge) => unknown[];

/** Lists that Talos does not merely join, by the name of their type in machinery. */
export const MERGERS: Readonly<Record<string, Merger>> = {
  AdmissionPluginConfigList: byField("name"),
  ConfigFileList: byField("mountPath"),
  VlanList: byField("vlanId"),
  NetworkDeviceList: byIdentity((one, other) => {
    const name = text(own(other, "interface"));
    if (name !== "") return text(own(one, "interface")) === name;
    const [ours, theirs] = [own(one, "deviceSelector"), own(other, "deviceSelector")];
    return isFields(ours) && isFields(theirs) && sameSelector(ours, theirs);
  }),
  ImageVerificationRules: (left, right) => {
    const merged = [...left];
    for (const rule of right) {
      // a rule is replaced as a whole, the last one of its image; two new ones of one image both stay
      const index = left.findLastIndex((each) => text(own(each, "image")) === text(own(rule, "image")));
      if (index < 0) merged.push(rule);
      else merged[index] = rule;
    }
    return merged;
  },
};

/** Elements that have the same value in the field are merged. */
function byField(field: string): Merger {
  return byIdentity((one, other) => text(own(one, field)) === text(own(other, field)));
}

function byIdentity(same: (one: Fields, other: Fields) => boolean): Merger {
  return (left, right, merge) => {
    const merged = [...left];
    for (const item of right) {
      const index = merged.findIndex((each) => isFields(each) && isFields(item) && same(each, item));
      const there = merged[index];
      if (isFields(there) && isFields(item)) merged[index] = merge(there, item);
      else merged.push(item);
    }
    return merged;
  };
}

/** `physical` is behind a pointer, and Talos compares the pointers: with it, no selector is like another. */
function sameSelector(one: Fields, other: Fields): boolean {
  if ([one, other].some((each) => (own(each, "physical") ?? null) !== null)) return false;
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every(
    (name) => text(own(one, name)) === text(own(other, name)),
  );
}

/** A value that is not given is the zero of its type. */
function text(value: unknown): string {
  return value === undefined || value === null || value === 0 ? "" : String(value as string);
}
