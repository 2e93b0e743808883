package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v3"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/engine"
)

// settings is what a suite and a test of it both may say.
type settings struct {
	Set       map[string]any `yaml:"set"`
	Values    []string       `yaml:"values"`
	Template  string         `yaml:"template"`
	Templates []string       `yaml:"templates"`
	Release   struct {
		Name      string `yaml:"name"`
		Namespace string `yaml:"namespace"`
	} `yaml:"release"`
}

type suite struct {
	settings `yaml:",inline"`
	Tests    []settings `yaml:"tests"`
}

// A testCase is one test: its values, and the templates it looks at.
type testCase struct {
	values    map[string]any
	templates []string
	release   common.ReleaseOptions
}

func readCases(chartDirectory string) (cases []testCase, err error) {
	files, err := filepath.Glob(filepath.Join(chartDirectory, "tests", "*_test.yaml"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		documents := yaml.NewDecoder(bytes.NewReader(text))
		for {
			var suite suite
			if err := documents.Decode(&suite); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			for _, test := range suite.Tests {
				each, err := suite.join(test, filepath.Dir(file))
				if err != nil {
					return nil, fmt.Errorf("%s: %w", file, err)
				}
				cases = append(cases, each)
			}
		}
	}
	return cases, nil
}

// join makes a case of a test and its suite: values files first, then what is set, the test's after the suite's.
func (s suite) join(test settings, directory string) (testCase, error) {
	values := map[string]any{}
	for _, file := range slices.Concat(s.Values, test.Values) {
		text, err := os.ReadFile(filepath.Join(directory, file))
		if err != nil {
			return testCase{}, err
		}
		more := map[string]any{}
		if err := yaml.Unmarshal(text, &more); err != nil {
			return testCase{}, err
		}
		merge(values, more)
	}
	for _, set := range []map[string]any{s.Set, test.Set} {
		for _, path := range slices.Sorted(maps.Keys(set)) {
			merge(values, nest(strings.Split(path, "."), set[path]))
		}
	}
	templates := s.Templates
	if len(test.Templates) > 0 {
		templates = test.Templates
	}
	if test.Template != "" {
		templates = []string{test.Template}
	}
	release := common.ReleaseOptions{Name: s.Release.Name, Namespace: s.Release.Namespace, IsInstall: true}
	if test.Release.Name != "" {
		release.Name = test.Release.Name
	}
	if release.Name == "" {
		release.Name = "RELEASE-NAME"
	}
	return testCase{values, templates, release}, nil
}

func nest(path []string, value any) map[string]any {
	if len(path) > 1 {
		value = nest(path[1:], value)
	}
	return map[string]any{path[0]: value}
}

func merge(into, from map[string]any) {
	for key, value := range from {
		old, wasMap := into[key].(map[string]any)
		if more, isMap := value.(map[string]any); isMap && wasMap {
			merge(old, more)
		} else {
			into[key] = value
		}
	}
}

// render takes the branches that the case takes. That a template fails is often what a test is about: no error here.
func (c testCase) render(whole *chart.Chart, branches map[string]bool) error {
	part := *whole
	part.Templates = nil
	for _, file := range whole.Templates {
		name := strings.TrimPrefix(file.Name, "templates/")
		if strings.HasPrefix(filepath.Base(name), "_") || len(c.templates) == 0 || slices.Contains(c.templates, name) {
			part.Templates = append(part.Templates, file)
		}
	}
	values, err := util.ToRenderValues(&part, c.values, c.release, nil)
	if err != nil {
		return nil // the schema refused the values, before any template
	}
	took := func(name string) string {
		if _, known := branches[name]; !known {
			panic("no such branch: " + name)
		}
		branches[name] = true
		return ""
	}
	_, err = engine.Engine{CustomTemplateFuncs: template.FuncMap{"took": took}}.Render(&part, values)
	if err != nil && !strings.Contains(err.Error(), "can't be installed") {
		return err
	}
	return nil
}
