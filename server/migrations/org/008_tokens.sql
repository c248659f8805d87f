-- The tokens each device signed in with: with a device that is shut out, they are worth nothing any more.
CREATE TABLE device_token (
    -- SHA-256 of the token.
    token BLOB NOT NULL,
    device BLOB NOT NULL,
    PRIMARY KEY (token, device)
) STRICT, WITHOUT ROWID;
