// Package talos simulates machines that run Talos: the gRPC API of a machine with its real certificates, its real
// validation of configurations and its states, over siderolabs' own libraries. What a machine then does — install,
// reboot, run Kubernetes — is simulated, except that Bootstrap starts a real control plane (package controlplane) with
// the PKI, address ranges and endpoint of the applied configuration.
//
// A machine goes through these stages:
//
//	maintenance   self-signed certificate, no client certificate asked for, callers have the role os:reader
//	installing    from the first applied configuration on client certificates of its CA are required
//	rebooting     the port is closed; the boot id changes
//	booting       control plane: etcd waits for Bootstrap or for a member of its cluster to join;
//	              worker: the API stays closed until a control plane with the same CA and token is up, because
//	              workers get their certificates from there
//	running
//	resetting, off
//
// The configuration, and what has happened to a machine, is kept under <stateDir>/machines/<name>, so that a daemon
// that is started again continues. The memory of calls and the faults to inject are not kept.
//
// Calls and faults of a machine ([Machine.Calls], [Machine.Inject]) are served by package control.
package talos
