package sts

import (
	"context"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/session"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/stsapi"
)

// rootSession is how long a session of AssumeRoot is, and can be.
const rootSession = 15 * time.Minute

const rootTasks = "arn:aws:iam::aws:policy/root-task/"

// rootTaskFeature says which of the organization's features a root task is a
// part of. See "Centrally manage root access for member accounts" in the IAM
// User Guide.
var rootTaskFeature = map[string]func(*state.Organization) bool{
	rootTasks + "IAMAuditRootUserCredentials":  credentialsManaged,
	rootTasks + "IAMCreateRootUserPassword":    credentialsManaged,
	rootTasks + "IAMDeleteRootUserCredentials": credentialsManaged,
	rootTasks + "S3UnlockBucketPolicy":         rootSessionsEnabled,
	rootTasks + "SQSUnlockQueuePolicy":         rootSessionsEnabled,
}

func credentialsManaged(o *state.Organization) bool  { return o.RootCredentials }
func rootSessionsEnabled(o *state.Organization) bool { return o.RootSessions }

// assumesRoot is what AssumeRoot acts on: the member's root user. The member
// has no say in it, so that the policies of the caller alone decide.
func assumesRoot(_ *api.Call, in *stsapi.AssumeRootInput) []api.Check {
	keys := api.Keys{}
	if in.TaskPolicyArn.Arn != nil {
		keys["sts:TaskPolicyArn"] = []string{*in.TaskPolicyArn.Arn}
	}
	return []api.Check{{Action: "sts:AssumeRoot", Resource: targetRoot(in.TargetPrincipal), Context: keys}}
}

// targetRoot is the ARN of the root user that a caller names by its account or
// by its ARN.
func targetRoot(target string) string {
	if arn.IsAccount(target) {
		return arn.Root(target)
	}
	return target
}

// assumeRoot implements AssumeRoot: a user or role of the management account
// acts as the root user of a member, for one task.
func (s *Service) assumeRoot(_ context.Context, c *api.Call, in *stsapi.AssumeRootInput) (*stsapi.AssumeRootOutput, error) {
	if c.Caller.IsRoot() {
		return nil, accessDenied("Root users may not call AssumeRoot.")
	}
	if in.TaskPolicyArn.Arn == nil || rootTaskFeature[*in.TaskPolicyArn.Arn] == nil {
		return nil, invalid("TaskPolicyArn must be one of the AWS managed policies for root tasks.")
	}
	task := *in.TaskPolicyArn.Arn
	member, ok := rootMember(c, in.TargetPrincipal, task)
	if !ok {
		return nil, accessDenied("User: " + c.Caller.ARN + " is not authorized to perform: sts:AssumeRoot on resource: " + targetRoot(in.TargetPrincipal))
	}
	n := &session.Session{Kind: session.RootTask, Account: member, PrincipalID: member, PolicyARNs: []string{task}}
	if caller := c.Caller.Session; caller != nil {
		n.SourceIdentity = caller.SourceIdentity
	}
	duration := rootSession
	if in.DurationSeconds != nil {
		duration = time.Duration(*in.DurationSeconds) * time.Second
	}
	creds, _, err := s.issue(c, n, duration)
	if err != nil {
		return nil, err
	}
	return &stsapi.AssumeRootOutput{Credentials: creds, SourceIdentity: optional(n.SourceIdentity)}, nil
}

// rootMember returns the member account whose root user the caller's account
// may assume for a task. Why it may not is not told apart.
func rootMember(c *api.Call, target, task string) (account string, ok bool) {
	o := c.Snapshot.Organization()
	a, err := arn.Parse(targetRoot(target))
	if o == nil || o.ManagementAccount != c.Account || err != nil || a.String() != arn.Root(a.Account) || !rootTaskFeature[task](o) {
		return "", false
	}
	held, ok := c.Snapshot.Account(a.Account)
	return a.Account, ok && !held.Management
}
