package platform

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// announcer is an implementation of load balancers: where its pools are, and how a Service asks it for an address.
type announcer struct {
	pools schema.GroupVersionKind
	// class is the load balancer class that it serves, beside Services without one.
	class string
	// addresses are the annotations that name an address, pool the ones that name a pool.
	addresses, pool []string
	// ranges reads the addresses of a pool.
	ranges func(pool *unstructured.Unstructured) ([]addressRange, error)
	// assigns reports whether a pool gives addresses to Services that do not name it.
	assigns func(pool *unstructured.Unstructured) bool
}

type addressRange struct{ first, last netip.Addr }

func (r addressRange) String() string { return r.first.String() + "-" + r.last.String() }

var announcers = []announcer{
	{
		pools: poolKind, class: "metallb.io/metallb",
		addresses: []string{addressesAnnotation, "metallb.universe.tf/loadBalancerIPs"},
		pool:      []string{poolAnnotation, "metallb.universe.tf/address-pool"},
		ranges: func(pool *unstructured.Unstructured) (ranges []addressRange, err error) {
			for _, text := range texts(pool, "spec", "addresses") {
				first, last, err := parseRange(text)
				if err != nil {
					return nil, err
				}
				ranges = append(ranges, addressRange{first, last})
			}
			return ranges, nil
		},
		assigns: func(pool *unstructured.Unstructured) bool {
			auto, found, _ := unstructured.NestedBool(pool.Object, "spec", "autoAssign")
			return auto || !found
		},
	},
	{
		pools: kind("cilium.io", "v2", "CiliumLoadBalancerIPPool"), class: "io.cilium/l2-announcer",
		addresses: []string{"lbipam.cilium.io/ips", "io.cilium/lb-ipam-ips"},
		ranges:    ciliumRanges,
		assigns: func(pool *unstructured.Unstructured) bool {
			disabled, _, _ := unstructured.NestedBool(pool.Object, "spec", "disabled")
			_, selects, _ := unstructured.NestedMap(pool.Object, "spec", "serviceSelector")
			return !disabled && !selects
		},
	},
}

// ciliumRanges leaves out the first and the last address of a network where the pool says so.
func ciliumRanges(pool *unstructured.Unstructured) (ranges []addressRange, err error) {
	blocks, _, _ := unstructured.NestedSlice(pool.Object, "spec", "blocks")
	edges, _, _ := unstructured.NestedString(pool.Object, "spec", "allowFirstLastIPs")
	for _, block := range blocks {
		fields, _ := block.(map[string]any)
		text, _ := fields["cidr"].(string)
		if text == "" {
			start, _ := fields["start"].(string)
			stop, _ := fields["stop"].(string)
			text = start + "-" + stop
		}
		first, last, err := parseRange(text)
		if err != nil {
			return nil, err
		}
		if prefix, err := netip.ParsePrefix(text); err == nil && edges == "No" && prefix.Bits() < first.BitLen()-1 {
			first, last = first.Next(), last.Prev()
		}
		ranges = append(ranges, addressRange{first, last})
	}
	return ranges, nil
}

// parseRange reads a pool's addresses: a CIDR, or first and last with a dash.
func parseRange(text string) (first, last netip.Addr, err error) {
	if from, to, found := strings.Cut(text, "-"); found {
		if first, err = netip.ParseAddr(strings.TrimSpace(from)); err != nil {
			return first, last, err
		}
		last, err = netip.ParseAddr(strings.TrimSpace(to))
		return first, last, err
	}
	prefix, err := netip.ParsePrefix(strings.TrimSpace(text))
	if err != nil {
		return first, last, err
	}
	first = prefix.Masked().Addr()
	raw := first.AsSlice()
	for bit := prefix.Bits(); bit < len(raw)*8; bit++ {
		raw[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ = netip.AddrFromSlice(raw)
	return first, last, nil
}

// free finds a free address of an announcer's pools: the one that is asked for, or the first of the first pool that
// assigns by itself.
func (d *Fake) free(ctx context.Context, from announcer, service *corev1.Service, taken map[string]bool) (address, pool string, err error) {
	pools, err := d.Cluster.All(ctx, from.pools)
	if err != nil {
		return "", "", err
	}
	slices.SortFunc(pools, func(a, b unstructured.Unstructured) int { return strings.Compare(a.GetName(), b.GetName()) })
	wantedPool := annotation(service, from.pool...)
	wanted, _, _ := strings.Cut(annotation(service, from.addresses...), ",")
	if wanted == "" {
		wanted = service.Spec.LoadBalancerIP
	}
	for i := range pools {
		name := pools[i].GetName()
		if wantedPool != "" && wantedPool != name || wantedPool == "" && wanted == "" && !from.assigns(&pools[i]) {
			continue
		}
		ranges, err := from.ranges(&pools[i])
		if err != nil {
			return "", "", fmt.Errorf("%s %s: %w", from.pools.Kind, name, err)
		}
		for _, each := range ranges {
			for ip := each.first; ip.Compare(each.last) <= 0; ip = ip.Next() {
				if (wanted == "" || wanted == ip.String()) && !taken[ip.String()] {
					return ip.String(), name, nil
				}
			}
		}
	}
	return "", "", nil
}
