package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/wait"
	cloudprovider "k8s.io/cloud-provider"
)

// Labels of load balancers and machines, as Cluster API's provider and the real controller set them.
const (
	serviceNameLabel      = "cluster.x-k8s.io/tenant-service-name"
	serviceNamespaceLabel = "cluster.x-k8s.io/tenant-service-namespace"
	clusterLabel          = "cluster.x-k8s.io/cluster-name"
	roleLabel             = "cluster.x-k8s.io/role"
	workerRole            = "worker"
)

// loadBalancers are Services beside the machines: each leads to the node ports of a Service of this cluster.
type loadBalancers struct {
	*cloud
	interval, timeout time.Duration
}

func (l *loadBalancers) GetLoadBalancerName(_ context.Context, _ string, service *corev1.Service) string {
	return cloudprovider.DefaultLoadBalancerName(service)
}

func (l *loadBalancers) GetLoadBalancer(ctx context.Context, cluster string, service *corev1.Service) (*corev1.LoadBalancerStatus, bool, error) {
	outer, err := l.find(ctx, l.GetLoadBalancerName(ctx, cluster, service))
	if err != nil || outer == nil {
		return nil, false, err
	}
	return &outer.Status.LoadBalancer, true, nil
}

// EnsureLoadBalancer makes the outer Service and waits for its address. Of one that is there only ports follow.
func (l *loadBalancers) EnsureLoadBalancer(ctx context.Context, cluster string, service *corev1.Service, _ []*corev1.Node) (*corev1.LoadBalancerStatus, error) {
	name := l.GetLoadBalancerName(ctx, cluster, service)
	outer, err := l.find(ctx, name)
	if err != nil {
		return nil, err
	}
	if outer != nil {
		return &outer.Status.LoadBalancer, l.updatePorts(ctx, outer, service)
	}
	if outer, err = l.core.CoreV1().Services(l.namespace).Create(ctx, l.outer(name, cluster, service), metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	err = wait.PollUntilContextTimeout(ctx, l.interval, l.timeout, false, func(ctx context.Context) (bool, error) {
		if len(outer.Status.LoadBalancer.Ingress) > 0 {
			return true, nil
		}
		live, err := l.find(ctx, name)
		if err != nil || live == nil {
			return false, err
		}
		outer = live
		return len(outer.Status.LoadBalancer.Ingress) > 0, nil
	})
	if err != nil {
		return nil, fmt.Errorf("Service %s/%s has no address: %w", l.namespace, name, err)
	}
	return &outer.Status.LoadBalancer, nil
}

func (l *loadBalancers) UpdateLoadBalancer(ctx context.Context, cluster string, service *corev1.Service, _ []*corev1.Node) error {
	outer, err := l.core.CoreV1().Services(l.namespace).Get(ctx, l.GetLoadBalancerName(ctx, cluster, service), metav1.GetOptions{})
	if err != nil {
		return err
	}
	return l.updatePorts(ctx, outer, service)
}

func (l *loadBalancers) EnsureLoadBalancerDeleted(ctx context.Context, cluster string, service *corev1.Service) error {
	err := l.core.CoreV1().Services(l.namespace).Delete(ctx, l.GetLoadBalancerName(ctx, cluster, service), metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func (l *loadBalancers) find(ctx context.Context, name string) (*corev1.Service, error) {
	outer, err := l.core.CoreV1().Services(l.namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return outer, err
}

func (l *loadBalancers) outer(name, cluster string, service *corev1.Service) *corev1.Service {
	labels := map[string]string{serviceNameLabel: service.Name, serviceNamespaceLabel: service.Namespace, clusterLabel: cluster}
	for key, value := range l.config.InfraLabels {
		labels[key] = value
	}
	outer := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: l.namespace, Labels: labels, Annotations: service.Annotations},
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeLoadBalancer, Ports: outerPorts(service),
			ExternalTrafficPolicy: service.Spec.ExternalTrafficPolicy,
			ExternalIPs:           service.Spec.ExternalIPs,
			LoadBalancerIP:        service.Spec.LoadBalancerIP, //nolint:staticcheck // clients still set it
			HealthCheckNodePort:   service.Spec.HealthCheckNodePort,
		},
	}
	if !l.config.LoadBalancer.Selectorless {
		outer.Spec.Selector = map[string]string{roleLabel: workerRole, clusterLabel: cluster}
	}
	return outer
}

// outerPorts lead to the node ports of a Service.
func outerPorts(service *corev1.Service) []corev1.ServicePort {
	ports := make([]corev1.ServicePort, len(service.Spec.Ports))
	for i, port := range service.Spec.Ports {
		ports[i] = corev1.ServicePort{Name: port.Name, Protocol: port.Protocol, Port: port.Port, TargetPort: intstr.FromInt32(port.NodePort)}
	}
	return ports
}

// updatePorts writes the ports where they differ from what was asked for. As in the real one, they do as soon as the outer
// API has given them node ports: each sync writes the Service back, as it was read.
func (l *loadBalancers) updatePorts(ctx context.Context, outer *corev1.Service, service *corev1.Service) error {
	wanted := outerPorts(service)
	if equality.Semantic.DeepEqual(wanted, outer.Spec.Ports) {
		return nil
	}
	outer = outer.DeepCopy()
	outer.Spec.Ports = wanted
	_, err := l.core.CoreV1().Services(l.namespace).Update(ctx, outer, metav1.UpdateOptions{})
	return err
}
