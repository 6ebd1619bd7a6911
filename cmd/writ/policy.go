package main

// policyCommand are the commands that need no server: they work on policies in
// files.
type policyCommand struct {
	Eval policyEvalCommand `cmd:"" help:"Decide requests, and say which statement decides."`
	Test policyTestCommand `cmd:"" help:"Run case files: unit tests for policies."`
	Fmt  policyFmtCommand  `cmd:"" help:"Format policies, without changing what they mean."`

	Validate policyValidateCommand `cmd:"" help:"Say what AWS would refuse about policies, and what they do not mean."`
}
