package sts

import (
	"context"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/shape"
	"github.com/writ-iam/writ/internal/stsapi"
)

// asksForItself: GetCallerIdentity needs no permission; an explicit deny does
// not take it away either, which is the engine's affair.
func asksForItself(*api.Call, *stsapi.GetCallerIdentityInput) []api.Check {
	return []api.Check{{Action: "sts:GetCallerIdentity", Resource: "*"}}
}

func (s *Service) getCallerIdentity(_ context.Context, c *api.Call, _ *stsapi.GetCallerIdentityInput) (*stsapi.GetCallerIdentityOutput, error) {
	who := c.Caller
	return &stsapi.GetCallerIdentityOutput{UserId: &who.UserID, Account: &who.Account, Arn: &who.ARN}, nil
}

func asksForKey(*api.Call, *stsapi.GetAccessKeyInfoInput) []api.Check {
	return []api.Check{{Action: "sts:GetAccessKeyInfo", Resource: "*"}}
}

// getAccessKeyInfo reads the account from the key id itself, as AWS does:
// whether the key exists, and in which state, is not told.
func (s *Service) getAccessKeyInfo(_ context.Context, _ *api.Call, in *stsapi.GetAccessKeyInfoInput) (*stsapi.GetAccessKeyInfoOutput, error) {
	account, ok := awsid.AccountOf(in.AccessKeyId)
	if !ok {
		return nil, &shape.Error{Code: "ValidationError", Status: 400, Message: "Invalid Access Key ID format: " + in.AccessKeyId}
	}
	return &stsapi.GetAccessKeyInfoOutput{Account: &account}, nil
}
