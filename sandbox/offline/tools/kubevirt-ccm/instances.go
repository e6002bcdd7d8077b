package main

import (
	"context"
	"fmt"
	"regexp"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	cloudprovider "k8s.io/cloud-provider"
)

var machineResource = schema.GroupVersionResource{Group: "kubevirt.io", Version: "v1", Resource: "virtualmachineinstances"}

const (
	// instanceLabel of a node names its machine where it has not the machine's name.
	instanceLabel = "node.kubernetes.io/instance-id"
	// typeAnnotation of a machine names what it is an instance of.
	typeAnnotation = "kubevirt.io/instancetype-name"
)

var providerID = regexp.MustCompile(`^` + providerName + `://([0-9A-Za-z_-]+)$`)

// instances are the machines behind nodes.
type instances struct{ *cloud }

func (i *instances) InstanceExists(ctx context.Context, node *corev1.Node) (bool, error) {
	machine, err := i.byProviderID(ctx, node)
	return machine != nil, err
}

// InstanceShutdown: a machine that is gone is as good as off. Of one whose host is down nothing is known.
func (i *instances) InstanceShutdown(ctx context.Context, node *corev1.Node) (bool, error) {
	machine, err := i.byProviderID(ctx, node)
	if err != nil || machine == nil {
		return err == nil, err
	}
	switch phase, _, _ := unstructured.NestedString(machine.Object, "status", "phase"); phase {
	case "Succeeded", "Failed":
		return true, nil
	case "Unknown":
		return true, fmt.Errorf("machine %s: its state is unknown, perhaps its host is down", machine.GetName())
	}
	return false, nil
}

func (i *instances) InstanceMetadata(ctx context.Context, node *corev1.Node) (*cloudprovider.InstanceMetadata, error) {
	machine, err := i.machineOf(ctx, node)
	if err != nil {
		return nil, err
	}
	if machine == nil {
		return nil, cloudprovider.InstanceNotFound
	}
	region, zone, err := i.place(ctx, machine)
	if err != nil {
		return nil, err
	}
	return &cloudprovider.InstanceMetadata{
		ProviderID:    providerName + "://" + machine.GetName(),
		InstanceType:  machine.GetAnnotations()[typeAnnotation],
		NodeAddresses: addresses(machine, node),
		Region:        region, Zone: zone,
	}, nil
}

func (i *instances) byProviderID(ctx context.Context, node *corev1.Node) (*unstructured.Unstructured, error) {
	name := providerID.FindStringSubmatch(node.Spec.ProviderID)
	if name == nil {
		return nil, fmt.Errorf("node %s: provider ID %q — not of the form %s://<machine>", node.Name, node.Spec.ProviderID, providerName)
	}
	return i.byName(ctx, name[1])
}

// byName is the machine of that name; nil when there is none.
func (i *instances) byName(ctx context.Context, name string) (*unstructured.Unstructured, error) {
	machine, err := i.machines.Resource(machineResource).Namespace(i.namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return machine, err
}

// machineOf finds the machine of a node by its label or, without one, by name and hostname; nil when there is none.
func (i *instances) machineOf(ctx context.Context, node *corev1.Node) (*unstructured.Unstructured, error) {
	if name, found := node.Labels[instanceLabel]; found {
		return i.byName(ctx, name)
	}
	machine, err := i.byName(ctx, node.Name)
	if err != nil || machine != nil {
		return machine, err
	}
	all, err := i.machines.Resource(machineResource).Namespace(i.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	var found []*unstructured.Unstructured
	for n := range all.Items {
		if hostname, _, _ := unstructured.NestedString(all.Items[n].Object, "spec", "hostname"); hostname == node.Name {
			found = append(found, &all.Items[n])
		}
	}
	switch len(found) {
	case 0:
		return nil, nil
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("node %s: %d machines have this hostname", node.Name, len(found))
}

// addresses are those of the machine's network; while it reports none, the node keeps what it has.
func addresses(machine *unstructured.Unstructured, node *corev1.Node) []corev1.NodeAddress {
	var out []corev1.NodeAddress
	interfaces, _, _ := unstructured.NestedSlice(machine.Object, "status", "interfaces")
	for _, each := range interfaces {
		fields, ok := each.(map[string]any)
		if !ok || fields["name"] != "default" {
			continue
		}
		ips, _, _ := unstructured.NestedStringSlice(fields, "ipAddresses")
		for _, ip := range ips {
			if ip != "" {
				out = append(out, corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: ip})
			}
		}
		break
	}
	if len(out) > 0 {
		return out
	}
	for _, had := range node.Status.Addresses {
		if had.Type == corev1.NodeInternalIP {
			out = append(out, had)
		}
	}
	return out
}

// place is region and zone of the host that a machine is on.
func (i *instances) place(ctx context.Context, machine *unstructured.Unstructured) (region, zone string, err error) {
	if !i.config.InstancesV2.ZoneAndRegionEnabled {
		return "", "", nil
	}
	name, _, _ := unstructured.NestedString(machine.Object, "status", "nodeName")
	host, err := i.core.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", "", err
	}
	return host.Labels[corev1.LabelTopologyRegion], host.Labels[corev1.LabelTopologyZone], nil
}
