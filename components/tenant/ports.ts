/** Where the API server answers inside the management cluster and at its load balancer. */
export const API_PORT = 6443;

/** Port of the API server's Service through which its konnectivity agents call home. */
export const KONNECTIVITY_PORT = 8132;
