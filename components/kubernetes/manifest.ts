/** What every object of ours says about itself. Names are always explicit: other objects and stacks refer to them. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

/** The part of a custom resource that its owner writes; apiVersion and kind are fixed by the resource's class. */
export interface Manifest<Spec> {
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
}
