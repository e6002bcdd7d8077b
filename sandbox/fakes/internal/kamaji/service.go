package kamaji

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// applyService makes the Service of a control plane and returns it as it is now.
func (d *Fake) applyService(ctx context.Context, tcp *unstructured.Unstructured, p profile) (*corev1.Service, error) {
	labels := map[string]string{projectLabel: project, "kamaji.clastix.io/name": tcp.GetName(), "kamaji.clastix.io/component": "service"}
	extra, _, _ := unstructured.NestedStringMap(tcp.Object, "spec", "controlPlane", "service", "additionalMetadata", "labels")
	for name, value := range extra {
		labels[name] = value
	}
	annotations, _, _ := unstructured.NestedStringMap(tcp.Object, "spec", "controlPlane", "service", "additionalMetadata", "annotations")
	service := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: tcp.GetNamespace(), Name: tcp.GetName(), Labels: labels, Annotations: annotations,
			OwnerReferences: []metav1.OwnerReference{reconcile.OwnedBy(tcp, tenantKind)},
		},
		Spec: corev1.ServiceSpec{
			Type:     corev1.ServiceType(p.serviceType),
			Selector: map[string]string{"kamaji.clastix.io/name": tcp.GetName()},
			Ports: []corev1.ServicePort{{
				Name: "kube-apiserver", Port: int32(p.port), TargetPort: intstr.FromInt32(int32(p.port)), Protocol: corev1.ProtocolTCP,
			}},
		},
	}
	if service.Spec.Type == corev1.ServiceTypeLoadBalancer {
		service.Spec.LoadBalancerSourceRanges = p.sourceRanges
	}
	if p.konnectivity != nil {
		service.Spec.Ports = append(service.Spec.Ports, corev1.ServicePort{
			Name: "konnectivity-server", Port: 8132, TargetPort: intstr.FromInt32(8132), Protocol: corev1.ProtocolTCP,
		})
	}
	if err := d.Cluster.ApplyTyped(ctx, service); err != nil {
		return nil, err
	}
	live := &corev1.Service{}
	if err := d.Cluster.Get(ctx, reconcile.Key(service), live); err != nil {
		return nil, fmt.Errorf("Service %s: %w", reconcile.Key(service), err)
	}
	return live, nil
}
