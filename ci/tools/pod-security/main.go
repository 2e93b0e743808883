// pod-security says whether the pods of rendered manifests pass the restricted Pod Security Standard,
// by the very checks that Kubernetes' admission runs.
//
//	pod-security FILE...
//
// Exits 0 if every pod passes, 1 if one does not or there is none at all, 2 if a file can't be read.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	syaml "sigs.k8s.io/yaml"
)

var restricted = api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}

// podOf returns the pod that a manifest makes, or nil if its kind makes none.
func podOf(manifest []byte, kind string) (*corev1.PodTemplateSpec, error) {
	switch kind {
	case "Pod":
		var pod corev1.Pod
		err := syaml.UnmarshalStrict(manifest, &pod)
		return &corev1.PodTemplateSpec{ObjectMeta: pod.ObjectMeta, Spec: pod.Spec}, err
	case "Deployment":
		var deployment appsv1.Deployment
		err := syaml.UnmarshalStrict(manifest, &deployment)
		return &deployment.Spec.Template, err
	case "Job":
		var job batchv1.Job
		err := syaml.UnmarshalStrict(manifest, &job)
		return &job.Spec.Template, err
	case "StatefulSet", "DaemonSet", "CronJob", "ReplicaSet", "ReplicationController", "PodTemplate":
		return nil, fmt.Errorf("a %s makes pods, and this program does not look into it yet", kind)
	}
	return nil, nil
}

// check prints what each pod in the file violates, and returns the numbers of pods and of violations.
func check(evaluator policy.Evaluator, file string) (pods, violations int, err error) {
	source, err := os.Open(file)
	if err != nil {
		return 0, 0, err
	}
	defer source.Close()
	documents := yaml.NewYAMLReader(bufio.NewReader(source))
	for {
		manifest, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return pods, violations, nil
		}
		if err != nil {
			return pods, violations, err
		}
		var object metav1.PartialObjectMetadata
		if err := syaml.Unmarshal(manifest, &object); err != nil {
			return pods, violations, err
		}
		pod, err := podOf(manifest, object.Kind)
		if err != nil {
			return pods, violations, fmt.Errorf("%s %s: %w", object.Kind, object.Name, err)
		}
		if pod == nil {
			continue
		}
		pods++
		for _, result := range evaluator.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec) {
			if !result.Allowed {
				violations++
				fmt.Printf("%s: %s %s: %s: %s\n", file, object.Kind, object.Name, result.ForbiddenReason, result.ForbiddenDetail)
			}
		}
	}
}

func main() {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, "pod-security:", err)
		os.Exit(2)
	}
	pods, violations := 0, 0
	for _, file := range os.Args[1:] {
		more, wrong, err := check(evaluator, file)
		if err != nil {
			fmt.Fprintf(os.Stderr, "pod-security: %s: %v\n", file, err)
			os.Exit(2)
		}
		pods, violations = pods+more, violations+wrong
	}
	fmt.Printf("%d pods in %d files, %d violations of the restricted Pod Security Standard\n", pods, len(os.Args)-1, violations)
	if violations > 0 || pods == 0 {
		os.Exit(1)
	}
}
