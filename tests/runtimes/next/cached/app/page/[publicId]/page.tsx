import { notFound } from "next/navigation";
import { connection } from "next/server";
import { Suspense } from "react";
import { widget } from "@/lib/widget";
// #region tests
import { scenarioInRender } from "@/lib/scenario";
// #endregion

interface Props {
  readonly params: Promise<{ publicId: string }>;
  // #region tests
  readonly searchParams: Promise<{ control?: string }>;
  // #endregion
}

export default function Page(props: Props) {
  return (
    <Suspense fallback={<p>Loading</p>}>
      <Widget {...props} />
    </Suspense>
  );
}

async function Widget(props: Props) {
  // Atlas reads the clock, which belongs to a request: nothing before this line is prerendered with it.
  await connection();
  const { publicId } = await props.params;
  // #region tests
  if (publicId === "scenario") {
    const { control } = await props.searchParams;
    return <pre>{JSON.stringify(await scenarioInRender(control ?? null))}</pre>;
  }
  // #endregion
  const found = await widget(publicId);
  if (found === null) notFound();
  return <pre>{JSON.stringify(found)}</pre>;
}
