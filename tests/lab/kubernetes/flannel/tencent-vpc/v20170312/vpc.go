// Package v20170312 stands in for a part of Tencent's SDK that the Go module proxy does not have, so that flannel compiles.
// It has the names that flannel's backend "tencent-vpc" uses, and every call fails; the lab uses the backends vxlan and host-gw.
package v20170312

import "errors"

var errStub = errors.New("this flannel was built without Tencent's SDK")

type Client struct{}

type Filter struct {
	Name   *string
	Values []*string
}

type Route struct {
	RouteId              *uint64
	DestinationCidrBlock *string
	GatewayType          *string
	GatewayId            *string
	RouteType            *string
	Enabled              *bool
}

type RouteTable struct {
	RouteTableId *string
	RouteSet     []*Route
}

type DescribeRouteTablesRequest struct{ Filters []*Filter }

type DescribeRouteTablesResponse struct {
	Response struct{ RouteTableSet []*RouteTable }
}

// RoutesRequest asks to create or to delete routes.
type RoutesRequest struct {
	RouteTableId *string
	Routes       []*Route
}

func NewClientWithSecretId(string, string, string) (*Client, error) { return &Client{}, nil }

func NewDescribeRouteTablesRequest() *DescribeRouteTablesRequest {
	return &DescribeRouteTablesRequest{}
}

func NewCreateRoutesRequest() *RoutesRequest { return &RoutesRequest{} }

func NewDeleteRoutesRequest() *RoutesRequest { return &RoutesRequest{} }

func (*Client) DescribeRouteTables(*DescribeRouteTablesRequest) (*DescribeRouteTablesResponse, error) {
	return nil, errStub
}

func (*Client) CreateRoutes(*RoutesRequest) (struct{}, error) { return struct{}{}, errStub }

func (*Client) DeleteRoutes(*RoutesRequest) (struct{}, error) { return struct{}{}, errStub }
