package kubevirt

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// fallbackRange is where addresses come from when no node of the management cluster has a pod range.
var fallbackRange = netip.MustParsePrefix("10.244.0.0/16")

// place chooses the node with the fewest instances and a free address of its pod range, as a bridge on the pod network
// would give.
func (d *Fake) place(ctx context.Context, vmi *unstructured.Unstructured) (node, address string, err error) {
	d.placing.Lock()
	defer d.placing.Unlock()
	instances, err := d.Cluster.All(ctx, instanceKind)
	if err != nil {
		return "", "", err
	}
	taken := map[string]bool{}
	load := map[string]int{}
	for _, given := range d.given {
		taken[given] = true
	}
	for i := range instances {
		load[reconcile.String(&instances[i], "status", "nodeName")]++
		interfaces, _, _ := unstructured.NestedSlice(instances[i].Object, "status", "interfaces")
		for _, entry := range interfaces {
			if fields, ok := entry.(map[string]any); ok {
				if ip, ok := fields["ipAddress"].(string); ok {
					taken[ip] = true
				}
			}
		}
	}
	var nodes corev1.NodeList
	if err := d.Cluster.List(ctx, &nodes); err != nil {
		return "", "", fmt.Errorf("nodes: %w", err)
	}
	addresses := fallbackRange
	for _, candidate := range nodes.Items {
		if candidate.Spec.Unschedulable || !isReady(candidate) || controlPlane(candidate) {
			continue
		}
		if node == "" || load[candidate.Name] < load[node] {
			node, addresses = candidate.Name, fallbackRange
			if prefix, err := netip.ParsePrefix(candidate.Spec.PodCIDR); err == nil {
				addresses = prefix
			}
		}
	}
	address, err = free(addresses, string(vmi.GetUID()), taken)
	if err != nil {
		return "", "", err
	}
	if d.given == nil {
		d.given = map[string]string{}
	}
	d.given[string(vmi.GetUID())] = address
	return node, address, nil
}

func isReady(node corev1.Node) bool {
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

func controlPlane(node corev1.Node) bool {
	for _, taint := range node.Spec.Taints {
		if taint.Key == "node-role.kubernetes.io/control-plane" {
			return true
		}
	}
	return false
}

// free finds an address in the upper half of a range, which pods of the sandbox seldom reach. The search starts at a
// place that depends on the instance, so that one that starts again tends to get what it had.
func free(addresses netip.Prefix, uid string, taken map[string]bool) (string, error) {
	bits := min(addresses.Addr().BitLen()-addresses.Bits(), 16)
	if bits < 3 || !addresses.Addr().Is4() {
		return "", fmt.Errorf("pod range %s — too small, or not IPv4, for addresses of virtual machines", addresses)
	}
	half := uint32(1) << (bits - 1)
	hash := sha256.Sum256([]byte(uid))
	start := binary.BigEndian.Uint32(hash[:4]) % half
	base := addresses.Masked().Addr().As4()
	for i := range half {
		offset := half + (start+i)%half
		if offset == 2*half-1 {
			continue // broadcast
		}
		var raw [4]byte
		binary.BigEndian.PutUint32(raw[:], binary.BigEndian.Uint32(base[:])+offset)
		if ip := netip.AddrFrom4(raw).String(); !taken[ip] {
			return ip, nil
		}
	}
	return "", fmt.Errorf("pod range %s: no free address for a virtual machine", addresses)
}

// mac is a locally administered hardware address.
func mac(uid string) string {
	hash := sha256.Sum256([]byte(uid))
	return fmt.Sprintf("02:%02x:%02x:%02x:%02x:%02x", hash[0], hash[1], hash[2], hash[3], hash[4])
}
