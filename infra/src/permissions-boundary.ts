/** The variable's policy as an `aws_iam_role` wants it: null, for no boundary, when none is given. */
export const permissionsBoundary = `\${var.permissions_boundary == "" ? null : var.permissions_boundary}`;
