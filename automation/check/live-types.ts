/** As much of an object of the API as is looked at here. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly ownerReferences?: readonly { readonly controller?: boolean }[] };
}
