export interface paths {
    "/api/v1/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        get: operations["getDefaultKey"];
        put: operations["putDefaultKey"];
        post: operations["postDefaultKey"];
        delete: operations["deleteDefaultKey"];
        options?: never;
        head: operations["headDefaultKey"];
        patch?: never;
        trace?: never;
    };
    "/api/v1": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listDefaultKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/{database}/{collection}/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
                collection: components["parameters"]["collection"];
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        get: operations["getKey"];
        put: operations["putKey"];
        post: operations["postKey"];
        delete: operations["deleteKey"];
        options?: never;
        head: operations["headKey"];
        patch?: never;
        trace?: never;
    };
    "/api/v2/{database}/{collection}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
                collection: components["parameters"]["collection"];
            };
            cookie?: never;
        };
        get: operations["listKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/{database}/_batch": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/{database}/_get": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["getMany"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/{database}/_export": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        get: operations["export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/{database}/_import": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        get: operations["getImport"];
        put?: never;
        post: operations["import"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["listDatabases"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/{database}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        get: operations["describeDatabase"];
        put: operations["createDatabase"];
        post?: never;
        delete: operations["dropDatabase"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/{database}/_changes": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        get: operations["getChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/_backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getBackup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/_verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/{database}/_verify": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["verifyDatabase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/{database}/_hash": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        get: operations["hashDatabase"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/_compact": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["compact"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/{database}/_compact": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        post: operations["compactDatabase"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getLivez"];
        put?: never;
        post?: never;
        delete?: never;
        options: operations["optionsLivez"];
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getReadyz"];
        put?: never;
        post?: never;
        delete?: never;
        options: operations["optionsReadyz"];
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/leader": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getLeader"];
        put?: never;
        post?: never;
        delete?: never;
        options: operations["optionsLeader"];
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/follower": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getFollower"];
        put?: never;
        post?: never;
        delete?: never;
        options: operations["optionsFollower"];
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getIndex"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get: operations["getDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs/{asset}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                asset: components["parameters"]["asset"];
            };
            cookie?: never;
        };
        get: operations["getDocsAsset"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Batch: {
            checks?: components["schemas"]["BatchCheck"][];
            operations: components["schemas"]["BatchOperation"][];
        };
        BatchCheck: {
            collection: string;
            key: string;
            offset: number | null;
        };
        BatchDelete: {
            op: "delete";
            collection: string;
            key: string;
        };
        BatchOperation: components["schemas"]["BatchPut"] | components["schemas"]["BatchDelete"];
        BatchPut: {
            op: "put";
            collection: string;
            key: string;
            value: components["schemas"]["JsonValue"];
            ttl?: number;
        };
        CatchingUpProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:catching_up";
            status: 503;
            code: "catching_up";
            offset: components["schemas"]["Offset"] | null;
            neededOffset: number;
        };
        CheckpointStatus: {
            offset: number;
            bytes: number;
            uncoveredLogBytes: number;
            written: number;
            failures: number;
        };
        CollectionSummary: {
            name: string;
            keys: number;
        };
        Compacted: {
            databases: components["schemas"]["CompactedDatabase"][];
        };
        CompactedDatabase: {
            name: string;
            bytesBefore: number;
            bytesAfter: number;
            runs: number;
        };
        CompactionRun: {
            baseOffset: number;
            endOffset: number;
            segments: number;
            phase: "rewriting" | "relocating";
            totalBytes: number;
            readBytes: number;
            writtenBytes: number;
        };
        CompactionStatus: {
            runs: number;
            failures: number;
            readBytes: number;
            writtenBytes: number;
            reclaimedBytes: number;
            writeAmplification?: number;
            debt: number;
            throttles: number;
            isThrottling: boolean;
            running?: components["schemas"]["CompactionRun"];
        };
        CorruptProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:corrupt";
            status: 500;
            code: "corrupt";
        };
        Database: {
            name: string;
            id: string | null;
            keys: number;
            bytes: number;
            epoch: number;
            endOffset: number;
            appliedOffset: number;
            collections: components["schemas"]["CollectionSummary"][];
        };
        DatabaseList: {
            databases: components["schemas"]["DatabaseSummary"][];
        };
        DatabaseNotFoundProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:database_not_found";
            status: 404;
            code: "database_not_found";
        };
        DatabaseOffsets: {
            end: number;
            synced: number;
            highWatermark: number;
            applied: number;
            wholeFrom: number;
            purgeFloor: number;
        };
        DatabaseSettings: Record<string, never>;
        DatabaseSummary: {
            name: string;
            id: string | null;
            keys: number;
            bytes: number;
            epoch: number;
            endOffset: number;
            appliedOffset: number;
        };
        DiskFullProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:disk_full";
            status: 503;
            code: "disk_full";
        };
        Dropped: {
            dropped: string;
        };
        ExistsProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:exists";
            status: 409;
            code: "exists";
        };
        ExpectationFailedProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:expectation_failed";
            status: 417;
            code: "expectation_failed";
        };
        Fit: {
            status: "ok";
        };
        FollowedDatabaseStatus: {
            name: string;
            id: string;
            keys: number;
            bytes: number;
            epoch: number;
            inFlightBytes: number;
            indexBytes: number;
            openSnapshots: number;
            openFeeds: number;
            checkpoint: components["schemas"]["CheckpointStatus"];
            segments: components["schemas"]["SegmentStatus"][];
            compaction: components["schemas"]["CompactionStatus"];
            poisoned?: unknown;
            offsets: components["schemas"]["DatabaseOffsets"];
            role: "follower" | "none";
            leader: {
                nodeId: string;
                url: string;
            } | null;
            connected: boolean;
            lag: components["schemas"]["Lag"] | null;
            resync: {
                offset: number;
                goal: number;
            } | null;
            isInSync: boolean | null;
            pulled: {
                pulls: number;
                failures: number;
                bytes: number;
            } | null;
            halted: string | null;
        };
        FollowerNode: {
            nodeId: string;
            storeId: string;
            url: string;
            connected: boolean;
            sinceContactMs: number;
        };
        FollowerStatus: {
            nodeId: string;
            syncedOffset: number;
            lagRecords: number;
            lagMs: number;
            membership: string;
            reason: string | null;
            sincePullMs: number;
            inSync: boolean;
        };
        FollowingNodeStatus: {
            node: string;
            url: string;
            ready: boolean;
            reason: string | null;
            cache: {
                hits: number;
                misses: number;
                bytes: number;
            };
            memory: {
                [key: string]: number;
            };
            epoch: number;
            closing: boolean;
            store: string;
            versions: {
                boxerdb: string;
                node: string;
                format: number;
            };
            pid: number;
            uptimeSeconds: number;
            role: "follower";
            leaderPeerUrl: string | null;
            leaderUrl: string | null;
            connected: boolean;
            halted: string | null;
            databases: (components["schemas"]["LedDatabaseStatus"] | components["schemas"]["FollowedDatabaseStatus"])[];
        };
        ForbiddenProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:forbidden";
            status: 403;
            code: "forbidden";
            scope: "read" | "write" | "admin";
            held?: "read" | "write" | "admin";
        };
        Found: {
            offset: components["schemas"]["Offset"] | null;
            entries: components["schemas"]["FoundEntry"][];
        };
        FoundEntry: {
            collection: string;
            key: string;
            value?: components["schemas"]["JsonValue"];
            base64?: string;
            offset: components["schemas"]["Offset"] | null;
            expires?: number;
        };
        HeadersTooLargeProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:headers_too_large";
            status: 431;
            code: "headers_too_large";
        };
        IdempotencyKeyReusedProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:idempotency_key_reused";
            status: 422;
            code: "idempotency_key_reused";
        };
        ImportProgress: {
            documents: number;
            lines: number;
            offset: components["schemas"]["Offset"] | null;
            complete: boolean;
        };
        Imported: {
            documents: number;
            lines: number;
            offset: components["schemas"]["Offset"] | null;
        };
        IncompleteBodyProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:incomplete_body";
            status: 400;
            code: "incomplete_body";
        };
        Index: {
            name: "BoxerDB";
            version: string;
            api: string;
            docs: string;
            openapi: string;
            status: string;
        };
        InternalProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:internal";
            status: 500;
            code: "internal";
        };
        InvalidBodyProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:invalid_body";
            status: 400;
            code: "invalid_body";
            errors: {
                path: string;
                message: string;
            }[];
        };
        InvalidCursorProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:invalid_cursor";
            status: 400;
            code: "invalid_cursor";
            parameter: string;
        };
        InvalidHeaderProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:invalid_header";
            status: 400;
            code: "invalid_header";
            header: string;
        };
        InvalidKeyProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:invalid_key";
            status: 400;
            code: "invalid_key";
        };
        InvalidLineProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:invalid_line";
            status: 400;
            code: "invalid_line";
            line: number;
        };
        InvalidNameProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:invalid_name";
            status: 400;
            code: "invalid_name";
        };
        InvalidQueryProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:invalid_query";
            status: 400;
            code: "invalid_query";
            parameter: string;
        };
        InvalidRequestProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:invalid_request";
            status: 400;
            code: "invalid_request";
        };
        InvalidUtf8Problem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:invalid_utf8";
            status: 400;
            code: "invalid_utf8";
        };
        InvalidValueProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:invalid_value";
            status: 400;
            code: "invalid_value";
        };
        JsonValue: unknown;
        Lag: {
            records: number;
            ms: number | null;
            sinceContactMs: number | null;
            recordsPerSecond: number | null;
            remainingMs: number | null;
        };
        LeaderStatus: {
            node: string;
            url: string;
            ready: boolean;
            reason: string | null;
            cache: {
                hits: number;
                misses: number;
                bytes: number;
            };
            memory: {
                [key: string]: number;
            };
            epoch: number;
            closing: boolean;
            store: string;
            versions: {
                boxerdb: string;
                node: string;
                format: number;
            };
            pid: number;
            uptimeSeconds: number;
            role: "leader";
            writeQuorum: number;
            followers: components["schemas"]["FollowerNode"][];
            databases: (components["schemas"]["LedDatabaseStatus"] | components["schemas"]["FollowedDatabaseStatus"])[];
        };
        LedDatabaseStatus: {
            name: string;
            id: string;
            keys: number;
            bytes: number;
            epoch: number;
            inFlightBytes: number;
            indexBytes: number;
            openSnapshots: number;
            openFeeds: number;
            checkpoint: components["schemas"]["CheckpointStatus"];
            segments: components["schemas"]["SegmentStatus"][];
            compaction: components["schemas"]["CompactionStatus"];
            poisoned?: {
                code: string;
                message: string;
            };
            offsets: components["schemas"]["DatabaseOffsets"];
            role: "leader";
            inSync: number;
            served: {
                pulls: number;
                bytes: number;
            };
            followers: components["schemas"]["FollowerStatus"][];
        };
        ListedEntry: {
            key: string;
            value?: components["schemas"]["JsonValue"];
            base64?: string;
            offset: components["schemas"]["Offset"];
            expires?: number;
        };
        Listing: {
            entries: components["schemas"]["ListedEntry"][];
            cursor?: string;
            count?: number;
        };
        MalformedEncodingProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:malformed_encoding";
            status: 400;
            code: "malformed_encoding";
        };
        MalformedJsonProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:malformed_json";
            status: 400;
            code: "malformed_json";
            line?: number;
            column?: number;
        };
        MalformedTargetProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:malformed_target";
            status: 400;
            code: "malformed_target";
        };
        ManyKeys: {
            keys: {
                collection: string;
                key: string;
            }[];
        };
        NoLeaderProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:no_leader";
            status: 503;
            code: "no_leader";
        };
        NoSuchRouteProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:no_such_route";
            status: 404;
            code: "no_such_route";
        };
        NodeStatus: components["schemas"]["LeaderStatus"] | components["schemas"]["FollowingNodeStatus"];
        NotAcceptableProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:not_acceptable";
            status: 406;
            code: "not_acceptable";
            available: string[];
        };
        NotEnoughReplicasProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:not_enough_replicas";
            status: 503;
            code: "not_enough_replicas";
            required: number;
            available: number;
        };
        NotFoundProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:not_found";
            status: 404;
            code: "not_found";
        };
        NotLeaderProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:not_leader";
            status: 403;
            code: "not_leader";
            leader?: string;
        };
        NotReadyProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:not_ready";
            status: 503;
            code: "not_ready";
        };
        Offset: number;
        OffsetAheadProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:offset_ahead";
            status: 409;
            code: "offset_ahead";
            from: number;
            endOffset: number;
        };
        OffsetNotReachedProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:offset_not_reached";
            status: 503;
            code: "offset_not_reached";
            minOffset: number;
            offset: components["schemas"]["Offset"] | null;
        };
        OffsetPassedProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:offset_passed";
            status: 409;
            code: "offset_passed";
            offset: components["schemas"]["Offset"] | null;
        };
        OffsetPurgedProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:offset_purged";
            status: 410;
            code: "offset_purged";
            from: number;
            purgeFloor: number;
        };
        OtherSiteProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:other_site";
            status: 403;
            code: "other_site";
        };
        OutcomeUnknownProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:outcome_unknown";
            status: 504;
            code: "outcome_unknown";
        };
        PoisonedProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:poisoned";
            status: 503;
            code: "poisoned";
        };
        PreconditionFailedProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:precondition_failed";
            status: 412;
            code: "precondition_failed";
            actual: components["schemas"]["Offset"] | null;
            expected?: components["schemas"]["Offset"] | null;
            check?: number;
            collection?: string;
            key?: string;
        };
        Problem: {
            type: string;
            title: string;
            status: number;
            code: "malformed_target" | "malformed_encoding" | "malformed_json" | "invalid_utf8" | "incomplete_body" | "invalid_body" | "invalid_line" | "invalid_query" | "invalid_cursor" | "invalid_header" | "invalid_key" | "invalid_name" | "invalid_value" | "invalid_request" | "unauthorized" | "forbidden" | "other_site" | "not_leader" | "not_found" | "database_not_found" | "no_such_route" | "method_not_allowed" | "not_acceptable" | "request_timeout" | "exists" | "offset_ahead" | "offset_passed" | "offset_purged" | "superseded" | "precondition_failed" | "wrong_host" | "too_large" | "unsupported_media_type" | "expectation_failed" | "too_many_requests" | "idempotency_key_reused" | "headers_too_large" | "internal" | "corrupt" | "starting" | "not_ready" | "no_leader" | "not_enough_replicas" | "catching_up" | "offset_not_reached" | "poisoned" | "disk_full" | "outcome_unknown";
            message: string;
            documents?: number;
            lines?: number;
        };
        PutRequest: {
            value: components["schemas"]["JsonValue"];
        };
        RequestTimeoutProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:request_timeout";
            status: 408;
            code: "request_timeout";
        };
        SegmentStatus: {
            baseOffset: number;
            endOffset: number;
            bytes: number;
            recordBytes: number;
            liveBytes: number;
            deadBytes: number;
            tombstoneBytes: number;
            expiringBytes: number;
            expiredBytes: number;
            sealed: boolean;
            compacted: boolean;
        };
        StartingProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:starting";
            status: 503;
            code: "starting";
        };
        SupersededProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:superseded";
            status: 409;
            code: "superseded";
        };
        TooLargeProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:too_large";
            status: 413;
            code: "too_large";
            limit: number;
            unit: string;
        };
        TooManyRequestsProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:too_many_requests";
            status: 429;
            code: "too_many_requests";
            limit: number;
        };
        UnauthorizedProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:unauthorized";
            status: 401;
            code: "unauthorized";
        };
        Unfit: {
            status: "unavailable";
            reason?: string;
        };
        UnsupportedMediaTypeProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:unsupported_media_type";
            status: 415;
            code: "unsupported_media_type";
        };
        Value: {
            value?: components["schemas"]["JsonValue"];
            base64?: string;
        };
        Verified: {
            ok: boolean;
            databases: ({
                name: string;
            } & {
                [key: string]: unknown;
            })[];
        };
        Written: {
            offset: components["schemas"]["Offset"];
        };
        WrongHostProblem: components["schemas"]["Problem"] & {
            type: "urn:boxerdb:problem:wrong_host";
            status: 421;
            code: "wrong_host";
        };
    };
    responses: {
        DatabaseNotFoundProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["DatabaseNotFoundProblem"];
            };
        };
        ExistsProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ExistsProblem"];
            };
        };
        ExpectationFailedProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ExpectationFailedProblem"];
            };
        };
        ForbiddenProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ForbiddenProblem"];
            };
        };
        HeadersTooLargeProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["HeadersTooLargeProblem"];
            };
        };
        IdempotencyKeyReusedProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["IdempotencyKeyReusedProblem"];
            };
        };
        InternalProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["InternalProblem"];
            };
        };
        NoSuchRouteProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["NoSuchRouteProblem"];
            };
        };
        NotAcceptableProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["NotAcceptableProblem"];
            };
        };
        NotFoundProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["NotFoundProblem"];
            };
        };
        OffsetAheadProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["OffsetAheadProblem"];
            };
        };
        OffsetPassedProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["OffsetPassedProblem"];
            };
        };
        OffsetPurgedProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["OffsetPurgedProblem"];
            };
        };
        OutcomeUnknownProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["OutcomeUnknownProblem"];
            };
        };
        PreconditionFailedProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["PreconditionFailedProblem"];
            };
        };
        RequestTimeoutProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["RequestTimeoutProblem"];
            };
        };
        StartingProblem: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["StartingProblem"];
            };
        };
        SupersededProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["SupersededProblem"];
            };
        };
        TooLargeProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["TooLargeProblem"];
            };
        };
        TooManyRequestsProblem: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["TooManyRequestsProblem"];
            };
        };
        UnauthorizedProblem: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UnauthorizedProblem"];
            };
        };
        UnsupportedMediaTypeProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["UnsupportedMediaTypeProblem"];
            };
        };
        WrongHostProblem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["WrongHostProblem"];
            };
        };
    };
    parameters: {
        key: string;
        database: string;
        collection: string;
        asset: string;
        "If-Match": string;
        "If-None-Match": string;
        "Idempotency-Key": string;
        "BoxerDB-Min-Offset": string;
        "Last-Event-ID": string;
    };
    requestBodies: never;
    headers: {
        ETag: string;
        "BoxerDB-Offset": string;
        "BoxerDB-Lag": string;
        "BoxerDB-Expires": string;
        "BoxerDB-Next-Offset": string;
        "Idempotency-Replayed": "true";
        Link: string;
        Location: string;
        Allow: string;
        "WWW-Authenticate": string;
        "Retry-After": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getDefaultKey: {
        parameters: {
            query?: {
                consistency?: "local" | "leader" | "linearizable";
                wait?: number;
            };
            header?: {
                "If-Match"?: components["parameters"]["If-Match"];
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                "BoxerDB-Min-Offset"?: components["parameters"]["BoxerDB-Min-Offset"];
            };
            path: {
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "BoxerDB-Expires": components["headers"]["BoxerDB-Expires"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Value"];
                    "application/octet-stream": string;
                    "application/msgpack": string;
                    "application/vnd.msgpack": string;
                    "application/x-msgpack": string;
                };
            };
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidKeyProblem"] | components["schemas"]["InvalidHeaderProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            404: components["responses"]["NotFoundProblem"];
            406: components["responses"]["NotAcceptableProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            412: components["responses"]["PreconditionFailedProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["CatchingUpProblem"] | components["schemas"]["OffsetNotReachedProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    putDefaultKey: {
        parameters: {
            query?: {
                durability?: "disk" | "os";
                ttl?: number;
            };
            header?: {
                "If-Match"?: components["parameters"]["If-Match"];
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutRequest"];
                "application/octet-stream": string;
                "application/msgpack": string;
                "application/vnd.msgpack": string;
                "application/x-msgpack": string;
            };
        };
        responses: {
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Written"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidKeyProblem"] | components["schemas"]["InvalidHeaderProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidUtf8Problem"] | components["schemas"]["IncompleteBodyProblem"] | components["schemas"]["InvalidBodyProblem"] | components["schemas"]["InvalidValueProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            412: components["responses"]["PreconditionFailedProblem"];
            413: components["responses"]["TooLargeProblem"];
            415: components["responses"]["UnsupportedMediaTypeProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            422: components["responses"]["IdempotencyKeyReusedProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"] | components["schemas"]["PoisonedProblem"] | components["schemas"]["DiskFullProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    postDefaultKey: {
        parameters: {
            query?: {
                durability?: "disk" | "os";
                ttl?: number;
            };
            header?: {
                "If-Match"?: components["parameters"]["If-Match"];
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutRequest"];
                "application/octet-stream": string;
                "application/msgpack": string;
                "application/vnd.msgpack": string;
                "application/x-msgpack": string;
            };
        };
        responses: {
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Written"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidKeyProblem"] | components["schemas"]["InvalidHeaderProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidUtf8Problem"] | components["schemas"]["IncompleteBodyProblem"] | components["schemas"]["InvalidBodyProblem"] | components["schemas"]["InvalidValueProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            412: components["responses"]["PreconditionFailedProblem"];
            413: components["responses"]["TooLargeProblem"];
            415: components["responses"]["UnsupportedMediaTypeProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            422: components["responses"]["IdempotencyKeyReusedProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"] | components["schemas"]["PoisonedProblem"] | components["schemas"]["DiskFullProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    deleteDefaultKey: {
        parameters: {
            query?: {
                durability?: "disk" | "os";
            };
            header?: {
                "If-Match"?: components["parameters"]["If-Match"];
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Written"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidKeyProblem"] | components["schemas"]["InvalidHeaderProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            404: components["responses"]["NotFoundProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            412: components["responses"]["PreconditionFailedProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            422: components["responses"]["IdempotencyKeyReusedProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"] | components["schemas"]["PoisonedProblem"] | components["schemas"]["DiskFullProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    headDefaultKey: {
        parameters: {
            query?: {
                consistency?: "local" | "leader" | "linearizable";
                wait?: number;
            };
            header?: {
                "If-Match"?: components["parameters"]["If-Match"];
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                "BoxerDB-Min-Offset"?: components["parameters"]["BoxerDB-Min-Offset"];
            };
            path: {
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "BoxerDB-Expires": components["headers"]["BoxerDB-Expires"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            429: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listDefaultKeys: {
        parameters: {
            query?: {
                prefix?: string;
                gt?: string;
                gte?: string;
                lt?: string;
                lte?: string;
                reverse?: boolean;
                limit?: number;
                cursor?: string;
                keysOnly?: boolean;
                count?: boolean;
                consistency?: "local" | "leader" | "linearizable";
                wait?: number;
            };
            header?: {
                "BoxerDB-Min-Offset"?: components["parameters"]["BoxerDB-Min-Offset"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidHeaderProblem"] | components["schemas"]["InvalidCursorProblem"] | components["schemas"]["InvalidKeyProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            404: components["responses"]["DatabaseNotFoundProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["CatchingUpProblem"] | components["schemas"]["OffsetNotReachedProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    getKey: {
        parameters: {
            query?: {
                consistency?: "local" | "leader" | "linearizable";
                wait?: number;
            };
            header?: {
                "If-Match"?: components["parameters"]["If-Match"];
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                "BoxerDB-Min-Offset"?: components["parameters"]["BoxerDB-Min-Offset"];
            };
            path: {
                database: components["parameters"]["database"];
                collection: components["parameters"]["collection"];
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "BoxerDB-Expires": components["headers"]["BoxerDB-Expires"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Value"];
                    "application/octet-stream": string;
                    "application/msgpack": string;
                    "application/vnd.msgpack": string;
                    "application/x-msgpack": string;
                };
            };
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidKeyProblem"] | components["schemas"]["InvalidHeaderProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            404: components["responses"]["NotFoundProblem"];
            406: components["responses"]["NotAcceptableProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            412: components["responses"]["PreconditionFailedProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["CatchingUpProblem"] | components["schemas"]["OffsetNotReachedProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    putKey: {
        parameters: {
            query?: {
                durability?: "disk" | "os";
                ttl?: number;
            };
            header?: {
                "If-Match"?: components["parameters"]["If-Match"];
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                database: components["parameters"]["database"];
                collection: components["parameters"]["collection"];
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutRequest"];
                "application/octet-stream": string;
                "application/msgpack": string;
                "application/vnd.msgpack": string;
                "application/x-msgpack": string;
            };
        };
        responses: {
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Written"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidKeyProblem"] | components["schemas"]["InvalidHeaderProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidUtf8Problem"] | components["schemas"]["IncompleteBodyProblem"] | components["schemas"]["InvalidBodyProblem"] | components["schemas"]["InvalidValueProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            412: components["responses"]["PreconditionFailedProblem"];
            413: components["responses"]["TooLargeProblem"];
            415: components["responses"]["UnsupportedMediaTypeProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            422: components["responses"]["IdempotencyKeyReusedProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"] | components["schemas"]["PoisonedProblem"] | components["schemas"]["DiskFullProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    postKey: {
        parameters: {
            query?: {
                durability?: "disk" | "os";
                ttl?: number;
            };
            header?: {
                "If-Match"?: components["parameters"]["If-Match"];
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                database: components["parameters"]["database"];
                collection: components["parameters"]["collection"];
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutRequest"];
                "application/octet-stream": string;
                "application/msgpack": string;
                "application/vnd.msgpack": string;
                "application/x-msgpack": string;
            };
        };
        responses: {
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Written"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidKeyProblem"] | components["schemas"]["InvalidHeaderProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidUtf8Problem"] | components["schemas"]["IncompleteBodyProblem"] | components["schemas"]["InvalidBodyProblem"] | components["schemas"]["InvalidValueProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            412: components["responses"]["PreconditionFailedProblem"];
            413: components["responses"]["TooLargeProblem"];
            415: components["responses"]["UnsupportedMediaTypeProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            422: components["responses"]["IdempotencyKeyReusedProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"] | components["schemas"]["PoisonedProblem"] | components["schemas"]["DiskFullProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    deleteKey: {
        parameters: {
            query?: {
                durability?: "disk" | "os";
            };
            header?: {
                "If-Match"?: components["parameters"]["If-Match"];
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                database: components["parameters"]["database"];
                collection: components["parameters"]["collection"];
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Written"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidKeyProblem"] | components["schemas"]["InvalidHeaderProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            404: components["responses"]["NotFoundProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            412: components["responses"]["PreconditionFailedProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            422: components["responses"]["IdempotencyKeyReusedProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"] | components["schemas"]["PoisonedProblem"] | components["schemas"]["DiskFullProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    headKey: {
        parameters: {
            query?: {
                consistency?: "local" | "leader" | "linearizable";
                wait?: number;
            };
            header?: {
                "If-Match"?: components["parameters"]["If-Match"];
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                "BoxerDB-Min-Offset"?: components["parameters"]["BoxerDB-Min-Offset"];
            };
            path: {
                database: components["parameters"]["database"];
                collection: components["parameters"]["collection"];
                key: components["parameters"]["key"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "BoxerDB-Expires": components["headers"]["BoxerDB-Expires"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            406: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            417: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            429: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listKeys: {
        parameters: {
            query?: {
                prefix?: string;
                gt?: string;
                gte?: string;
                lt?: string;
                lte?: string;
                reverse?: boolean;
                limit?: number;
                cursor?: string;
                keysOnly?: boolean;
                count?: boolean;
                consistency?: "local" | "leader" | "linearizable";
                wait?: number;
            };
            header?: {
                "BoxerDB-Min-Offset"?: components["parameters"]["BoxerDB-Min-Offset"];
            };
            path: {
                database: components["parameters"]["database"];
                collection: components["parameters"]["collection"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    Link: components["headers"]["Link"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidHeaderProblem"] | components["schemas"]["InvalidCursorProblem"] | components["schemas"]["InvalidKeyProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            404: components["responses"]["DatabaseNotFoundProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["CatchingUpProblem"] | components["schemas"]["OffsetNotReachedProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    batch: {
        parameters: {
            query?: {
                durability?: "disk" | "os";
            };
            header?: {
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Batch"];
            };
        };
        responses: {
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Written"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidUtf8Problem"] | components["schemas"]["IncompleteBodyProblem"] | components["schemas"]["InvalidBodyProblem"] | components["schemas"]["InvalidHeaderProblem"] | components["schemas"]["InvalidKeyProblem"] | components["schemas"]["InvalidValueProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            412: components["responses"]["PreconditionFailedProblem"];
            413: components["responses"]["TooLargeProblem"];
            415: components["responses"]["UnsupportedMediaTypeProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            422: components["responses"]["IdempotencyKeyReusedProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"] | components["schemas"]["PoisonedProblem"] | components["schemas"]["DiskFullProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    getMany: {
        parameters: {
            query?: {
                consistency?: "local" | "leader" | "linearizable";
                wait?: number;
            };
            header?: {
                "BoxerDB-Min-Offset"?: components["parameters"]["BoxerDB-Min-Offset"];
            };
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ManyKeys"];
            };
        };
        responses: {
            200: {
                headers: {
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Found"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidHeaderProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidUtf8Problem"] | components["schemas"]["IncompleteBodyProblem"] | components["schemas"]["InvalidBodyProblem"] | components["schemas"]["InvalidKeyProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            404: components["responses"]["DatabaseNotFoundProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            413: components["responses"]["TooLargeProblem"];
            415: components["responses"]["UnsupportedMediaTypeProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["CatchingUpProblem"] | components["schemas"]["OffsetNotReachedProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    export: {
        parameters: {
            query?: {
                collection?: string;
                prefix?: string;
                consistency?: "local" | "leader" | "linearizable";
                wait?: number;
            };
            header?: {
                "BoxerDB-Min-Offset"?: components["parameters"]["BoxerDB-Min-Offset"];
            };
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": unknown;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidHeaderProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            404: components["responses"]["DatabaseNotFoundProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["CatchingUpProblem"] | components["schemas"]["OffsetNotReachedProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    getImport: {
        parameters: {
            query?: {
                consistency?: "local" | "leader" | "linearizable";
                wait?: number;
            };
            header?: {
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                "BoxerDB-Min-Offset"?: components["parameters"]["BoxerDB-Min-Offset"];
            };
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportProgress"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidHeaderProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["NotFoundProblem"] | components["schemas"]["DatabaseNotFoundProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["CatchingUpProblem"] | components["schemas"]["OffsetNotReachedProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    import: {
        parameters: {
            query?: {
                collection?: string;
                durability?: "disk" | "os";
                firstLine?: number;
                more?: boolean;
            };
            header?: {
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
            };
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": unknown;
            };
        };
        responses: {
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidHeaderProblem"] | components["schemas"]["InvalidLineProblem"] | components["schemas"]["IncompleteBodyProblem"] | components["schemas"]["MalformedEncodingProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            409: components["responses"]["SupersededProblem"];
            415: components["responses"]["UnsupportedMediaTypeProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            422: components["responses"]["IdempotencyKeyReusedProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"] | components["schemas"]["PoisonedProblem"] | components["schemas"]["DiskFullProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    listDatabases: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatabaseList"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: components["responses"]["ForbiddenProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"];
                };
            };
        };
    };
    describeDatabase: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Database"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: components["responses"]["ForbiddenProblem"];
            404: components["responses"]["DatabaseNotFoundProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"];
                };
            };
        };
    };
    createDatabase: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DatabaseSettings"];
            };
        };
        responses: {
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DatabaseSummary"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["MalformedJsonProblem"] | components["schemas"]["InvalidUtf8Problem"] | components["schemas"]["IncompleteBodyProblem"] | components["schemas"]["InvalidBodyProblem"] | components["schemas"]["InvalidHeaderProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            409: components["responses"]["ExistsProblem"];
            413: components["responses"]["TooLargeProblem"];
            415: components["responses"]["UnsupportedMediaTypeProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"] | components["schemas"]["PoisonedProblem"] | components["schemas"]["DiskFullProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    dropDatabase: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dropped"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidHeaderProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["NotLeaderProblem"];
                };
            };
            404: components["responses"]["DatabaseNotFoundProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["NoLeaderProblem"] | components["schemas"]["NotEnoughReplicasProblem"] | components["schemas"]["PoisonedProblem"] | components["schemas"]["DiskFullProblem"];
                };
            };
            504: components["responses"]["OutcomeUnknownProblem"];
        };
    };
    getChanges: {
        parameters: {
            query?: {
                from?: "now" | number;
                collection?: string;
                prefix?: string;
                limit?: number;
                wait?: number;
                follow?: boolean;
            };
            header?: {
                "Last-Event-ID"?: components["parameters"]["Last-Event-ID"];
            };
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "BoxerDB-Next-Offset": components["headers"]["BoxerDB-Next-Offset"];
                    Link: components["headers"]["Link"];
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    "BoxerDB-Lag": components["headers"]["BoxerDB-Lag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": unknown;
                    "text/event-stream": unknown;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"] | components["schemas"]["InvalidHeaderProblem"] | components["schemas"]["InvalidKeyProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: components["responses"]["ForbiddenProblem"];
            404: components["responses"]["DatabaseNotFoundProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            409: components["responses"]["OffsetAheadProblem"];
            410: components["responses"]["OffsetPurgedProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["CatchingUpProblem"];
                };
            };
        };
    };
    getBackup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-tar": unknown;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["OtherSiteProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["CatchingUpProblem"] | components["schemas"]["DiskFullProblem"];
                };
            };
        };
    };
    verify: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verified"];
                    "application/x-ndjson": unknown;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: components["responses"]["ForbiddenProblem"];
            404: components["responses"]["DatabaseNotFoundProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            415: components["responses"]["UnsupportedMediaTypeProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"];
                };
            };
        };
    };
    verifyDatabase: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verified"];
                    "application/x-ndjson": unknown;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: components["responses"]["ForbiddenProblem"];
            404: components["responses"]["DatabaseNotFoundProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            415: components["responses"]["UnsupportedMediaTypeProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"];
                };
            };
        };
    };
    hashDatabase: {
        parameters: {
            query?: {
                offset?: number;
                wait?: number;
                collection?: string;
                gt?: string;
                lte?: string;
                keys?: boolean;
                expiresAfter?: number;
            };
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    "BoxerDB-Offset": components["headers"]["BoxerDB-Offset"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": unknown;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ForbiddenProblem"] | components["schemas"]["OtherSiteProblem"];
                };
            };
            404: components["responses"]["DatabaseNotFoundProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            409: components["responses"]["OffsetPassedProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"] | components["schemas"]["CatchingUpProblem"] | components["schemas"]["OffsetNotReachedProblem"];
                };
            };
        };
    };
    compact: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Compacted"];
                    "application/x-ndjson": unknown;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: components["responses"]["ForbiddenProblem"];
            404: components["responses"]["DatabaseNotFoundProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            415: components["responses"]["UnsupportedMediaTypeProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"];
                };
            };
        };
    };
    compactDatabase: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                database: components["parameters"]["database"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Compacted"];
                    "application/x-ndjson": unknown;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"] | components["schemas"]["InvalidNameProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: components["responses"]["ForbiddenProblem"];
            404: components["responses"]["DatabaseNotFoundProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            415: components["responses"]["UnsupportedMediaTypeProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["InternalProblem"] | components["schemas"]["CorruptProblem"];
                };
            };
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"];
                };
            };
        };
    };
    getLivez: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fit"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Unfit"];
                    "application/problem+json": components["schemas"]["StartingProblem"];
                };
            };
        };
    };
    optionsLivez: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    Allow: components["headers"]["Allow"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: {
                headers: {
                    Allow: components["headers"]["Allow"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"];
                };
            };
        };
    };
    getReadyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fit"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Unfit"];
                    "application/problem+json": components["schemas"]["StartingProblem"];
                };
            };
        };
    };
    optionsReadyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    Allow: components["headers"]["Allow"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: {
                headers: {
                    Allow: components["headers"]["Allow"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"];
                };
            };
        };
    };
    getLeader: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fit"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Unfit"];
                    "application/problem+json": components["schemas"]["StartingProblem"];
                };
            };
        };
    };
    optionsLeader: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    Allow: components["headers"]["Allow"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: {
                headers: {
                    Allow: components["headers"]["Allow"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"];
                };
            };
        };
    };
    getFollower: {
        parameters: {
            query?: {
                lag?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fit"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Unfit"];
                    "application/problem+json": components["schemas"]["StartingProblem"];
                };
            };
        };
    };
    optionsFollower: {
        parameters: {
            query?: {
                lag?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    Allow: components["headers"]["Allow"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: {
                headers: {
                    Allow: components["headers"]["Allow"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"];
                };
            };
        };
    };
    getStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NodeStatus"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: components["responses"]["ForbiddenProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": unknown;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            401: components["responses"]["UnauthorizedProblem"];
            403: components["responses"]["ForbiddenProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["StartingProblem"] | components["schemas"]["NotReadyProblem"];
                };
            };
        };
    };
    getIndex: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Index"];
                };
            };
            303: {
                headers: {
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: components["responses"]["StartingProblem"];
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: components["parameters"]["If-None-Match"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        openapi: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: components["responses"]["StartingProblem"];
        };
    };
    getDocs: {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: components["parameters"]["If-None-Match"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": unknown;
                };
            };
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: components["responses"]["StartingProblem"];
        };
    };
    getDocsAsset: {
        parameters: {
            query?: never;
            header?: {
                "If-None-Match"?: components["parameters"]["If-None-Match"];
            };
            path: {
                asset: components["parameters"]["asset"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "text/css": unknown;
                    "text/javascript": unknown;
                    "image/svg+xml": unknown;
                };
            };
            304: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["MalformedTargetProblem"] | components["schemas"]["InvalidQueryProblem"] | components["schemas"]["InvalidRequestProblem"];
                };
            };
            404: components["responses"]["NoSuchRouteProblem"];
            408: components["responses"]["RequestTimeoutProblem"];
            417: components["responses"]["ExpectationFailedProblem"];
            421: components["responses"]["WrongHostProblem"];
            429: components["responses"]["TooManyRequestsProblem"];
            431: components["responses"]["HeadersTooLargeProblem"];
            500: components["responses"]["InternalProblem"];
            503: components["responses"]["StartingProblem"];
        };
    };
}
