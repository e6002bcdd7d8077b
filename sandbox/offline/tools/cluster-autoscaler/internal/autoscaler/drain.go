package autoscaler

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
)

const toBeDeletedTaint = "ToBeDeletedByClusterAutoscaler"

// drains are the nodes that are on their way out.
type drains struct {
	mu     sync.Mutex
	groups map[string]string
	pods   map[string]bool
	failed time.Time
	done   sync.WaitGroup
}

func (d *drains) has(node string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.groups[node] != ""
}

// of is how many nodes of a group are on their way out and still counted by it.
func (d *drains) of(group string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	count := 0
	for _, each := range d.groups {
		if each == group {
			count++
		}
	}
	return count
}

func (d *drains) draining() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	count := 0
	for _, with := range d.pods {
		if with {
			count++
		}
	}
	return count
}

func (d *drains) lastFailure() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

// begin taints a node, lets its pods leave and gives its machine up, beside the scans.
func (d *drains) begin(ctx context.Context, s *scaler, c candidate) {
	d.mu.Lock()
	d.groups[c.node.Name], d.pods[c.node.Name] = c.group.id(), len(c.evict) > 0
	d.mu.Unlock()
	d.done.Go(func() {
		err := s.takeAway(ctx, c)
		d.mu.Lock()
		delete(d.groups, c.node.Name)
		delete(d.pods, c.node.Name)
		if err != nil {
			d.failed = time.Now()
		}
		d.mu.Unlock()
		if err == nil {
			s.events.Event(c.node, corev1.EventTypeNormal, "ScaleDown", "nodes removed by cluster autoscaler")
			return
		}
		s.log.Warn("scale-down failed", "node", c.node.Name, "error", err)
		s.events.Eventf(c.node, corev1.EventTypeWarning, "ScaleDownFailed", "failed to drain or delete the node: %v", err)
		if err := s.clients.doom(ctx, c.node.Name, false, s.options.Cordon); err != nil {
			s.log.Warn("a taint stays", "node", c.node.Name, "error", err)
		}
	})
}

func (s *scaler) takeAway(ctx context.Context, c candidate) error {
	if err := s.clients.doom(ctx, c.node.Name, true, s.options.Cordon); err != nil {
		return err
	}
	s.events.Event(c.node, corev1.EventTypeNormal, "ScaleDown", "marked the node as toBeDeleted/unschedulable")
	if err := pause(ctx, s.options.DeleteDelayAfterTaint); err != nil {
		return err
	}
	for _, pod := range c.evict {
		s.events.Event(pod, corev1.EventTypeNormal, "ScaleDown", "deleting pod for node scale down")
		if err := s.evict(ctx, pod); err != nil {
			return err
		}
	}
	for _, pod := range c.evict {
		if err := s.left(ctx, pod); err != nil {
			return err
		}
	}
	return s.clients.remove(ctx, c.group, c.machine.name)
}

// evict asks until the pod may go, by its budgets.
func (s *scaler) evict(ctx context.Context, pod *corev1.Pod) error {
	grace := int64(s.options.MaxGracefulTerminationSeconds)
	if own := pod.Spec.TerminationGracePeriodSeconds; own != nil {
		grace = min(grace, *own)
	}
	eviction := &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name},
		DeleteOptions: &metav1.DeleteOptions{GracePeriodSeconds: &grace},
	}
	for end := time.Now().Add(s.options.MaxPodEvictionTime); ; {
		err := s.clients.workload.PolicyV1().Evictions(pod.Namespace).Evict(ctx, eviction)
		if err == nil || apierrors.IsNotFound(err) {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("pod %s/%s: %w", pod.Namespace, pod.Name, err)
		}
		if err := pause(ctx, min(s.options.ScanInterval, 10*time.Second)); err != nil {
			return err
		}
	}
}

// left waits until the pod has gone, as long as it may take and half a minute.
func (s *scaler) left(ctx context.Context, pod *corev1.Pod) error {
	end := time.Now().Add(time.Duration(s.options.MaxGracefulTerminationSeconds)*time.Second + 30*time.Second)
	for {
		now, err := s.clients.workload.CoreV1().Pods(pod.Namespace).Get(ctx, pod.Name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) || err == nil && (now.UID != pod.UID || now.Spec.NodeName != pod.Spec.NodeName) {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("pod %s/%s has not left", pod.Namespace, pod.Name)
		}
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
	}
}

// doom taints and cordons a node that is to go, or lets it be used again.
func (c *clients) doom(ctx context.Context, name string, doomed, cordon bool) error {
	nodes := c.workload.CoreV1().Nodes()
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		node, err := nodes.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			if !doomed && apierrors.IsNotFound(err) {
				return nil
			}
			return err
		}
		var taints []corev1.Taint
		for _, taint := range node.Spec.Taints {
			if taint.Key != toBeDeletedTaint {
				taints = append(taints, taint)
			}
		}
		if doomed {
			taints = append(taints, corev1.Taint{Key: toBeDeletedTaint, Value: strconv.FormatInt(time.Now().Unix(), 10), Effect: corev1.TaintEffectNoSchedule})
		}
		node.Spec.Taints = taints
		if cordon {
			node.Spec.Unschedulable = doomed
		}
		_, err = nodes.Update(ctx, node, metav1.UpdateOptions{})
		return err
	})
}

func hasTaint(node *corev1.Node, key string) bool {
	for _, taint := range node.Spec.Taints {
		if taint.Key == key {
			return true
		}
	}
	return false
}

func pause(ctx context.Context, how time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(how):
		return nil
	}
}

func splitList(text string) []string {
	var out []string
	for _, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
