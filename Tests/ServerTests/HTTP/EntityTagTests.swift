import HTTPTypes
import Protocol
import Server
import Testing

/// Expectations from RFC 9110, 8.8.3 and 13.1.
@Suite struct EntityTagTests {
    func request(_ method: HTTPRequest.Method, _ fields: HTTPFields) throws -> Request {
        try Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: "localhost", path: "/", headerFields: fields))
    }

    func outcome(
        _ method: HTTPRequest.Method, _ fields: HTTPFields, _ current: EntityTag?
    ) throws -> Int {
        do {
            return switch try conditional(request(method, fields), current: current) {
            case .proceed: 200
            case .notModified: 304
            }
        } catch let problem as Problem {
            return problem.kind.status
        }
    }

    @Test func tagsAreReadAndWritten() {
        #expect(EntityTag(parsing: "\"abc\"") == EntityTag("abc"))
        #expect(EntityTag(parsing: "W/\"a,c\"") == EntityTag("a,c", weak: true))
        #expect(EntityTag(parsing: "\"\"") == EntityTag(""))
        for text in ["abc", "\"abc", "w/\"a\"", "\"a\", \"b\"", "\"a\"b", ""] {
            #expect(EntityTag(parsing: text) == nil, "\(text)")
        }
        #expect(EntityTag("abc", weak: true).description == "W/\"abc\"")
    }

    @Test(arguments: [
        ("\"a\"", 304), ("W/\"a\"", 304), ("\"b\"", 200), ("\"b\", \"a\"", 304), ("*", 304),
        ("\"a-gzip\"", 304), ("\"b\",W/\"c,d\"", 200), ("a", 400), ("", 400),
    ])
    func ifNoneMatchComparesWeakly(field: String, status: Int) throws {
        #expect(try outcome(.get, [.ifNoneMatch: field], EntityTag("a")) == status)
        #expect(try outcome(.put, [.ifNoneMatch: field], EntityTag("a")) == (status == 304 ? 412 : status))
    }

    @Test(arguments: [
        ("\"a\"", 200), ("W/\"a\"", 412), ("\"b\"", 412), ("\"b\", \"a\"", 200), ("*", 200),
        ("\"a-gzip\"", 200), ("a", 400),
    ])
    func ifMatchComparesStrongly(field: String, status: Int) throws {
        #expect(try outcome(.put, [.ifMatch: field], EntityTag("a")) == status)
    }

    @Test func starMeansExistence() throws {
        #expect(try outcome(.put, [.ifMatch: "*"], nil) == 412)
        #expect(try outcome(.put, [.ifNoneMatch: "*"], nil) == 200)
        #expect(try outcome(.put, [.ifMatch: "\"a\""], nil) == 412)
        #expect(try outcome(.put, [:], nil) == 200)
    }

    @Test func weakStateMatchesNothingStrongly() throws {
        #expect(try outcome(.put, [.ifMatch: "\"a\""], EntityTag("a", weak: true)) == 412)
    }
}
