// template-coverage says which branches of a chart's templates its helm-unittest suites never take.
//
//	template-coverage CHART
//
// Every `if`, `else if`, `with` and `range` has two branches: taken, and not taken (for a range: over nothing). The
// templates are parsed, each branch is given a call that records it, and the result is rendered by Helm's own engine
// with the values of every test in CHART/tests/*_test.yaml: of the templates that the test names, and those alone.
//
// Exits 0 if every branch was seen both ways, 1 if not (they are listed), 2 if something could not be read.
package main

import (
	"fmt"
	"os"
	"sort"

	"helm.sh/helm/v4/pkg/chart/v2/loader"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: template-coverage CHART")
		os.Exit(2)
	}
	missed, total, tests, err := run(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "template-coverage:", err)
		os.Exit(2)
	}
	for _, branch := range missed {
		fmt.Println(branch)
	}
	fmt.Printf("%d of %d branches taken by %d tests\n", total-len(missed), total, tests)
	if len(missed) > 0 || total == 0 {
		os.Exit(1)
	}
}

// run returns the branches that no test took, and the numbers of all branches and of tests.
func run(chartDirectory string) (missed []string, total, tests int, err error) {
	chart, err := loader.Load(chartDirectory)
	if err != nil {
		return nil, 0, 0, err
	}
	branches, err := instrument(chart)
	if err != nil {
		return nil, 0, 0, err
	}
	cases, err := readCases(chartDirectory)
	if err != nil {
		return nil, 0, 0, err
	}
	for _, each := range cases {
		if err := each.render(chart, branches); err != nil {
			return nil, 0, 0, err
		}
	}
	for branch, taken := range branches {
		if !taken {
			missed = append(missed, branch)
		}
	}
	sort.Strings(missed)
	return missed, len(branches), len(cases), nil
}
