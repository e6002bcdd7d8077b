package workloads

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"firmament.example/sandbox/fakes/internal/process"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

// probeTimeout is kubelet's own for a probe that says nothing, and some more for a busy machine.
const probeTimeout = 3 * time.Second

// prober asks as kubelet does, which believes every certificate.
var prober = &http.Client{
	Timeout: probeTimeout,
	Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // kubelet does not verify either
		DisableKeepAlives: true,
	},
}

// report writes the status of a pod from what its processes do, and says whether all of them are ready.
func (r *Runner) report(ctx context.Context, pod *corev1.Pod, state *running, known []corev1.Container) (bool, error) {
	statuses := map[string]corev1.ContainerStatus{}
	ready := true
	for _, spec := range known {
		c := state.containers[spec.Name]
		status := containerStatus(spec, r.Deps.Supervisor.Find(c.process), c.before)
		if status.State.Running != nil {
			if err := c.probe(ctx, spec); err != nil {
				status.Ready = false
			}
		}
		ready = ready && status.Ready
		statuses[spec.Name] = status
	}
	return ready, r.write(ctx, pod, statuses)
}

// reportWaiting says why the containers of a pod cannot be started.
func (r *Runner) reportWaiting(ctx context.Context, pod *corev1.Pod, known []corev1.Container, why error) error {
	reason := "CreateContainerError"
	if errors.Is(why, reconcile.ErrWait) {
		reason = "ContainerCreating"
	}
	statuses := map[string]corev1.ContainerStatus{}
	for _, spec := range known {
		statuses[spec.Name] = corev1.ContainerStatus{
			Name: spec.Name, Image: spec.Image, RestartCount: restartsOf(pod, spec.Name),
			State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: why.Error()}},
		}
	}
	return r.write(ctx, pod, statuses)
}

// reportIdle lets a replica that waits for the lease be as well as KWOK says.
func (r *Runner) reportIdle(ctx context.Context, pod *corev1.Pod) error {
	statuses := map[string]corev1.ContainerStatus{}
	for _, spec := range r.known(pod) {
		started, began := true, metav1.Now()
		if pod.Status.StartTime != nil {
			began = *pod.Status.StartTime
		}
		statuses[spec.Name] = corev1.ContainerStatus{
			Name: spec.Name, Image: spec.Image, Ready: true, Started: &started, RestartCount: restartsOf(pod, spec.Name),
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: began}},
		}
	}
	return r.write(ctx, pod, statuses)
}

func containerStatus(spec corev1.Container, found process.Status, before int32) corev1.ContainerStatus {
	since := metav1.NewTime(found.Since.Truncate(time.Second))
	status := corev1.ContainerStatus{Name: spec.Name, Image: spec.Image, RestartCount: before + int32(found.Restarts)}
	started := found.State == process.StateRunning
	status.Started = &started
	switch found.State {
	case process.StateRunning, process.StateStarting:
		status.Ready = started
		status.State.Running = &corev1.ContainerStateRunning{StartedAt: since}
	default:
		status.State.Waiting = &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "the process has ended and will be started again"}
	}
	return status
}

// write changes the status of a pod where it differs.
func (r *Runner) write(ctx context.Context, pod *corev1.Pod, statuses map[string]corev1.ContainerStatus) error {
	before := pod.DeepCopy()
	for _, list := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for i := range list {
			if status, ok := statuses[list[i].Name]; ok {
				list[i] = status
			}
		}
	}
	var unready []string
	for _, status := range statuses {
		if !status.Ready {
			unready = append(unready, status.Name)
		}
	}
	slices.Sort(unready)
	for _, kind := range []corev1.PodConditionType{corev1.ContainersReady, corev1.PodReady} {
		setCondition(pod, kind, unready)
	}
	if reflect.DeepEqual(before.Status, pod.Status) {
		return nil
	}
	err := r.Cluster.Status().Patch(ctx, pod, client.MergeFrom(before), client.FieldOwner(reconcile.Owner))
	return client.IgnoreNotFound(err)
}

func setCondition(pod *corev1.Pod, kind corev1.PodConditionType, unready []string) {
	wanted := corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now().Rfc3339Copy()}
	if len(unready) > 0 {
		wanted.Status, wanted.Reason = corev1.ConditionFalse, "ContainersNotReady"
		wanted.Message = fmt.Sprintf("containers with unready status: [%s]", strings.Join(unready, " "))
	}
	for i, have := range pod.Status.Conditions {
		if have.Type != kind {
			continue
		}
		if have.Status == wanted.Status {
			wanted.LastTransitionTime = have.LastTransitionTime
		}
		pod.Status.Conditions[i] = wanted
		return
	}
	pod.Status.Conditions = append(pod.Status.Conditions, wanted)
}

func restartsOf(pod *corev1.Pod, name string) int32 {
	for _, status := range append(slices.Clone(pod.Status.InitContainerStatuses), pod.Status.ContainerStatuses...) {
		if status.Name == name {
			return status.RestartCount
		}
	}
	return 0
}

// probe asks the readiness probe of a container, or else its liveness probe, over HTTP; other probes, and ports that
// are none of the program's, are not asked.
func (c *container) probe(ctx context.Context, spec corev1.Container) error {
	probe := spec.ReadinessProbe
	if probe == nil {
		probe = spec.LivenessProbe
	}
	if probe == nil || probe.HTTPGet == nil {
		return nil
	}
	listened := probe.HTTPGet.Port.IntValue()
	for _, port := range spec.Ports {
		if port.Name == probe.HTTPGet.Port.StrVal && port.Name != "" {
			listened = int(port.ContainerPort)
		}
	}
	port, found := c.ports[listened]
	if !found {
		return nil
	}
	scheme := strings.ToLower(string(probe.HTTPGet.Scheme))
	if scheme == "" {
		scheme = "http"
	}
	url := scheme + "://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) + "/" + strings.TrimPrefix(probe.HTTPGet.Path, "/")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := prober.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode < http.StatusOK || response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s answered %s", url, response.Status)
	}
	return nil
}
