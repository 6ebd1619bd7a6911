# A sample in the form of moto's data file.
aws_managed_policies_data = """
{
 "SecondPolicy":{
  "CreateDate":"2026-01-01T00:00:00+00:00",
  "DefaultVersionId":"v3",
  "Document":{
   "Statement":{"Action":"door:*", "Effect":"Deny", "Resource":"*"},
   "Version":"2012-10-17"
  },
  "Path":"/service-role/",
  "PermissionsBoundaryUsageCount":0,
  "UpdateDate":"2026-03-04T00:00:00+00:00"
 },
 "FirstPolicy":{
  "CreateDate":"2025-01-01T00:00:00+00:00",
  "DefaultVersionId":"v1",
  "Document":{
   "Statement":[
    {"Action":["store:Get*", "store:<&>"], "Condition":{"Null":{"store:Row":"true"}}, "Effect":"Allow", "Resource":"*", "Sid":"One"},
    {"NotAction":"door:Open", "Effect":"Deny", "NotResource":"*"}
   ],
   "Version":"2012-10-17"
  },
  "Path":"/",
  "PermissionsBoundaryUsageCount":0,
  "UpdateDate":"2025-02-01T00:00:00+00:00"
 }
}"""
