package main

import (
	"fmt"
	"strings"
	"text/template/parse"

	chart "helm.sh/helm/v4/pkg/chart/v2"
)

// instrument rewrites the chart's templates so that each branch calls `took` with its own name, and returns all names.
func instrument(chart *chart.Chart) (map[string]bool, error) {
	branches := map[string]bool{}
	for _, file := range chart.Templates {
		trees := map[string]*parse.Tree{}
		tree := parse.New(file.Name)
		tree.Mode = parse.SkipFuncCheck | parse.ParseComments
		if _, err := tree.Parse(string(file.Data), "", "", trees); err != nil {
			return nil, err
		}
		var text strings.Builder
		for name, each := range trees {
			walk(each.Root, false, file.Name, branches)
			if name == file.Name {
				text.WriteString(each.Root.String())
			} else {
				fmt.Fprintf(&text, "{{define %q}}%s{{end}}", name, each.Root)
			}
		}
		file.Data = []byte(text.String())
	}
	return branches, nil
}

// walk gives each branch below list its call. Within a `with`, what the dot is can't be empty.
func walk(list *parse.ListNode, inWith bool, file string, branches map[string]bool) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.TextNode:
			// Printed again, a brace before an action would be taken for the action's.
			if text, found := strings.CutSuffix(string(node.Text), "{"); found {
				node.Text = []byte(text + `{{"{"}}`)
			}
		case *parse.IfNode:
			branch(&node.BranchNode, false, file, branches)
		case *parse.WithNode:
			branch(&node.BranchNode, false, file, branches)
		case *parse.RangeNode:
			branch(&node.BranchNode, neverEmpty(node, inWith), file, branches)
		}
	}
}

// neverEmpty tells the ranges that have no other branch: over a list written out, over the dot of a `with`, or over
// what a comment that opens the range calls "never empty", and why.
func neverEmpty(node *parse.RangeNode, inWith bool) bool {
	if comment, is := node.List.Nodes[0].(*parse.CommentNode); is && strings.Contains(comment.Text, "never empty") {
		return true
	}
	first := node.Pipe.Cmds[0].Args
	switch node := first[0].(type) {
	case *parse.DotNode:
		return inWith
	case *parse.IdentifierNode:
		return len(first) > 1 && (node.Ident == "tuple" || node.Ident == "dict")
	}
	return false
}

func branch(node *parse.BranchNode, always bool, file string, branches map[string]bool) {
	walk(node.List, node.NodeType == parse.NodeWith, file, branches)
	walk(node.ElseList, false, file, branches)
	if node.ElseList == nil {
		node.ElseList = &parse.ListNode{NodeType: parse.NodeList}
	}
	word := map[parse.NodeType]string{parse.NodeIf: "if", parse.NodeWith: "with", parse.NodeRange: "range"}[node.NodeType]
	sides := map[*parse.ListNode]string{node.List: "taken", node.ElseList: "passed over"}
	if always {
		delete(sides, node.ElseList)
	}
	for list, side := range sides {
		name := fmt.Sprintf("%s:%d: %s %s: never %s", file, node.Line, word, node.Pipe, side)
		for n := 2; ; n++ { // two alike on one line
			if _, there := branches[name]; !there {
				break
			}
			name = fmt.Sprintf("%s:%d: %s %s (%d): never %s", file, node.Line, word, node.Pipe, n, side)
		}
		branches[name] = false
		call := parse.New("call")
		call.Mode = parse.SkipFuncCheck
		made, err := call.Parse(fmt.Sprintf("{{took %q}}", name), "", "", map[string]*parse.Tree{})
		if err != nil {
			panic(err)
		}
		list.Nodes = append([]parse.Node{made.Root.Nodes[0]}, list.Nodes...)
	}
}
